from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from config.pages.search import searches
        from customers.demo_shop import stages
        from customers.panels import panels
        from customers.segments.conditions import conditions

        conditions.discover()
        panels.discover()
        searches.discover()
        stages.discover()
