from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from customers.demo_shop import stages
        from customers.segments.conditions import conditions

        conditions.discover()
        stages.discover()
