from importlib import import_module

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        from channels.arbiter.registry import gates
        from channels.backends.base import backends
        from channels.backends.batches import mail_batches
        from channels.messages.blocks import blocks
        from channels.messages.formats import formats
        from channels.messages.owners import owners as message_owners
        from channels.networks.base import networks
        from channels.own_pages import own_pages
        from channels.social.owners import owners

        import_module("channels.receivers")
        import_module("channels.upkeep")
        backends.discover()
        blocks.discover()
        formats.discover()
        gates.discover()
        message_owners.discover()
        networks.discover()
        own_pages.discover()
        owners.discover()
        mail_batches.discover()
