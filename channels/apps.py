from importlib import import_module

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        from channels.messages.blocks import blocks

        blocks.discover()
        import_module("channels.receivers")
        import_module("channels.upkeep")
