from django.apps import AppConfig

from config.celery import app as celery_app

__all__ = ["ConfigConfig", "celery_app"]  # shared tasks bind to the application that was made last


class ConfigConfig(AppConfig):
    name = "config"
