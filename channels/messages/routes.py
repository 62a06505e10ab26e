"""By which account each channel of a message goes."""

from typing import Any

from channels.models import Account, Channel, Message
from channels.models.consent import only_email


def of(message: Message) -> list[list[Any]]:
    """By which account each of the message's channels goes: e-mail by the sender's, any other by its first one. A
    channel without an account is left out."""
    if message.channels == only_email() or message.sender is None:
        return []
    accounts = Account.objects.filter(channel__in=message.channels).order_by("-pk")
    by_channel = dict(accounts.values_list("channel", "pk")) | {
        Channel.EMAIL.value: message.sender.account_id
    }
    return [[each, by_channel[each]] for each in message.channels if each in by_channel]
