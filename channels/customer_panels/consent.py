"""May we write to her: on each channel, per topic and for tracking, why, since when, and everything she ever stated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from channels import addresses, consent, preferred, suppression
from channels.messages.formats import formats
from channels.models import Channel, Consent, Purpose, Suppression, Topic
from customers import access
from customers.models import Customer, User
from customers.panels import Panel, panels

NEWEST = 20
STATES = {
    "yes": (_("agreed"), "good"),
    "no": (_("withdrawn"), "bad"),
    "never": (_("never asked"), "calm"),
}
# In the shop there is always one, and nothing to be shown.
NO_ADDRESS = {
    Channel.EMAIL.value: _("no address"),
    Channel.SMS.value: _("no number"),
    Channel.WHATSAPP.value: _("no number"),
    Channel.PUSH.value: _("no browser"),
}


class Answer(NamedTuple):
    """What she has said to these, and the statement that decides it. `names` is "" where it is said of everything."""

    word: Any
    tone: str
    names: str
    statement: Consent | None


class Line(NamedTuple):
    """A channel: where she is reached on it, whether she likes that best, whether it is forbidden, and what she has
    said."""

    label: Any
    icon: str
    address: Any
    preferred: bool
    suppression: Suppression | None
    answers: list[Answer]


class Said(NamedTuple):
    """The same word, said of several channels at once."""

    row: Consent
    topic: str
    channels: list[Consent]


@panels.register
class ConsentPanel(Panel):
    key = "consent"
    order = 20
    label = _("Consent")
    template = "channels/panels/consent.html"
    permission = "channels.view_consent"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        history = customer.consents.select_related("topic", "recorded_by").order_by("-stated_at", "-pk")
        return {
            "customer": customer,
            "channels": _lines(customer, reader),
            "history": _told_together(history[:NEWEST]),
            "more": history.count() > NEWEST,
            "sees_proof": access.sees_names(reader),
            "may_record": reader.has_perm("channels.add_consent"),
            "may_release": reader.has_perm("channels.delete_suppression"),
        }


def _lines(customer: Customer, reader: User) -> list[Line]:
    reached = addresses.of(customer)
    suppressed = suppression.found(suppression.keys_of(reached))
    said: dict[str, list[Consent]] = {channel: [] for channel in Channel.values}
    for row in customer.consents.select_related("topic"):
        said[row.channel].append(row)
    topics, likes = list(Topic.objects.all()), preferred.of(customer.pk)
    return [
        Line(
            label=channel.label,
            icon=formats[channel].icon,
            address=_shown(channel, reached, reader),
            preferred=channel == likes,
            suppression=suppressed.get(channel),
            answers=_answers(said[channel], topics),
        )
        for channel in Channel
    ]


def _shown(channel: str, reached: dict[str, str], reader: User) -> Any:
    if channel not in reached:
        return NO_ADDRESS.get(channel, "")
    address = reached[channel]
    if channel == Channel.EMAIL:
        return address if access.sees_names(reader) else access.masked_email(address)
    if channel in (Channel.SMS, Channel.WHATSAPP):
        return address if access.sees_names(reader) else access.masked_phone(address)
    return ""


def _answers(said: Sequence[Consent], topics: Sequence[Topic]) -> list[Answer]:
    """One for each statement that decides something, and one for all that nothing was said of."""
    asked: list[tuple[Topic | None, str]] = [(topic, Purpose.SENDING) for topic in topics]
    asked = [*(asked or [(None, Purpose.SENDING)]), (None, Purpose.TRACKING)]
    decided: dict[Consent | None, list[tuple[Topic | None, str]]] = {}
    for topic, purpose in asked:
        decided.setdefault(consent.deciding(said, topic, purpose), []).append((topic, purpose))
    return [
        _answer(row, "" if row is None and len(about) == len(asked) else _names(about, len(topics)))
        for row, about in sorted(decided.items(), key=lambda each: each[0] is None)
    ]


def _answer(row: Consent | None, names: str) -> Answer:
    key = "never" if row is None else "yes" if row.state == Consent.State.GRANTED else "no"
    return Answer(*STATES[key], names, row)


def _names(about: Sequence[tuple[Topic | None, str]], every: int) -> str:
    """Of more than one topic, if it is all: that it is all."""
    sending = [topic for topic, purpose in about if purpose == Purpose.SENDING]
    names = [_topic_name(None)] if len(sending) == every > 1 else [_topic_name(topic) for topic in sending]
    if len(about) > len(sending):
        names.append(str(Purpose.TRACKING.label))
    return ", ".join(names)


def _told_together(rows: Iterable[Consent]) -> list[Said]:
    groups = (list(same) for _key, same in groupby(rows, _word))
    return [Said(group[0], _topic_name(group[0].topic), group[::-1]) for group in groups]


def _word(row: Consent) -> tuple[Any, ...]:
    return row.stated_at, row.recorded_at, row.state, row.topic_id, row.purpose, row.basis, row.recorded_by_id


def _topic_name(topic: Topic | None) -> str:
    return topic.name_in(get_language() or "en") if topic else str(_("all topics"))
