"""By which channels a campaign goes: an ordered list that staff change one by one, and what it means in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from campaigns.refusals import Refused
from channels.delivery.choices import EXPIRIES, UNREAD, with_stored
from channels.messages import routes
from channels.messages.formats import Format, formats
from channels.models import Channel, Message


@dataclass(frozen=True)
class Place:
    """A chosen channel. `ready`: there is an account of a provider for it."""

    form: Format
    number: int
    first: bool
    last: bool
    ready: bool


def chosen(message: Message) -> list[Place]:
    ready = {channel for channel, _account in routes.of(message)} | {Channel.EMAIL.value}
    if message.sender is None:  # without one nothing is known of accounts yet
        ready |= set(message.channels)
    last = len(message.channels) - 1
    return [
        Place(formats[each], place + 1, place == 0, place == last, each in ready)
        for place, each in enumerate(message.channels)
    ]


def left(message: Message) -> list[Format]:
    """The channels that can be added."""
    known = sorted(formats, key=lambda form: form.position)
    return [form for form in known if form.key not in message.channels]


def changed(channels: Sequence[str], action: str) -> list[str]:
    """The list after `add:sms`, `remove:sms`, `up:sms` or `down:sms`; what is not possible changes nothing."""
    act, _colon, key = action.partition(":")
    found = list(channels)
    if act == "add" and key in formats and key not in found:
        return [*found, key]
    if key not in found:
        return found
    if act == "remove":
        if len(found) == 1:
            raise Refused(_("A message needs at least one channel. Add another one first."))
        return [each for each in found if each != key]
    here = found.index(key)
    there = here + {"up": -1, "down": 1}.get(act, 0)
    if 0 <= there < len(found):
        found[here], found[there] = found[there], found[here]
    return found


def sentences(message: Message) -> list[str]:
    """Who gets it on which channel, in words."""
    names = [str(formats[each].label) for each in message.channels]
    if len(names) == 1:
        return [_("It goes out by one channel: %(channel)s.") % {"channel": names[0]}]
    said = [
        _("Tried in this order: %(channels)s.") % {"channels": ", ".join(names)},
        _("Each person gets it on the first channel on which she can be reached and has agreed."),
        _("If it does not arrive there, the next one is tried."),
    ]
    if message.unread_after:
        said.append(
            _("Whoever has not opened it after %(time)s gets it on the next channel too, if she is tracked.")
            % {"time": waiting(message.unread_after)}
        )
    return [*said, _("A channel that somebody prefers or mostly answers to goes first for her.")]


def waiting(time: timedelta) -> str:
    return _in_words(UNREAD, time)


def expiring(time: timedelta) -> str:
    return _in_words(EXPIRIES, time)


def _in_words(offered: tuple[tuple[int, Any], ...], time: timedelta) -> str:
    hours = int(time.total_seconds() // 3600)
    return str(dict(with_stored(offered, time)).get(hours, time))
