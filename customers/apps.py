from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from customers import receivers  # noqa: F401  (connects itself)
        from customers.demo_shop import stages
        from customers.hooks import telling
        from customers.hooks.kinds import hook_kinds
        from customers.imports.columns import import_columns
        from customers.panels import panels
        from customers.personalisation import merge_fields
        from customers.privacy import personal_data
        from customers.segments.conditions import conditions
        from customers.timeline import kinds

        conditions.discover()
        import_columns.discover()
        merge_fields.discover()
        panels.discover()
        personal_data.discover()
        kinds.discover()
        stages.discover()
        hook_kinds.discover()
        telling.connect()
