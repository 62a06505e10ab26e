"""To what a message belongs. Upper apps say it, one file each in their folder `message_owners`."""

from config.registry import Registry


class Owner:
    """A kind of owner, such as campaigns."""

    key: str

    def name_of(self, message_id: int) -> str:
        """What people call it; "" where the message is not of this kind."""
        raise NotImplementedError


owners: Registry[Owner] = Registry("message_owners")


def name_of(message_id: int) -> str:
    return next((name for kind in owners if (name := kind.name_of(message_id))), "")
