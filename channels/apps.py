from importlib import import_module

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        import_module("channels.receivers")
