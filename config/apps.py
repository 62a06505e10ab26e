from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]  # shared tasks bind to the application that was made last


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import arrays, forms, roles, times
        from config.pages import search, today

        forms.whole_numbers_as_typed()
        forms.limits_as_read()
        arrays.register()
        times.register()
        # `auth` is migrated after our own apps, so all of their permissions exist when its signal comes.
        post_migrate.connect(roles.synchronise, sender=apps.get_app_config("auth"))
        search.searches.discover()
        today.first_steps.discover()
        today.panels.discover()
