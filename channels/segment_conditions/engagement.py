"""What became of our messages for somebody, and what she did with them, as the ledger of deliveries knows it.

Who is in it changes with every delivery, hundreds a second, so sending marks nobody: the condition asks for what was up
to now, which makes every rule with it one that follows the clock, and everybody is looked at every ten minutes. What
people do themselves is heard at once, as long as a segment asks for it (`channels.tracking.LOOK_AGAIN`).
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from channels.models import Channel, Delivery, DeliveryEvent
from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import WindowForm
from customers.segments.conditions import CONTACT, Condition, Params, conditions
from customers.segments.sql import Sql, every, sql

State, Kind = Delivery.State, DeliveryEvent.Kind
ANY_CHANNEL = ""
FACTS = [
    ("sent", pgettext_lazy("message engagement", "was sent")),
    ("clicked", pgettext_lazy("message engagement", "clicked")),
    ("no_answer", pgettext_lazy("message engagement", "did not answer")),
    ("opted_out", pgettext_lazy("message engagement", "opted out by it")),
    ("complained", pgettext_lazy("message engagement", "reported it as spam")),
    ("bounced", pgettext_lazy("message engagement", "it bounced")),
    ("not_sent", pgettext_lazy("message engagement", "was not sent")),
]
REACHED = (State.ACCEPTED, State.DELIVERED, State.COMPLAINED)
ENDED = {
    "sent": (*REACHED, State.BOUNCED),
    "complained": (State.COMPLAINED,),
    "bounced": (State.BOUNCED,),
    "not_sent": (State.WITHHELD, State.EXPIRED, State.CANCELLED, State.REFUSED, State.RENDER_ERROR),
}
HAPPENED = {"clicked": Kind.CLICKED, "opted_out": Kind.OPTED_OUT}

MOMENT = Sql("coalesce(d.called_at, d.ended_at)")
ADVERTISED = Sql("d.message_id IN (SELECT m.id FROM channels_message m WHERE m.purpose = 'marketing')")
LAST = Sql("""
    NOT EXISTS (SELECT 1 FROM channels_delivery later
                WHERE later.message_id = d.message_id AND later.occurrence = d.occurrence AND later.attempt > 0
                  AND later.customer_id = d.customer_id AND later.attempt > d.attempt)
""")
# A message may have been clicked on an earlier channel than its last. `no`: since then she may not be tracked.
ANSWERS = """
    channels_delivery d
    JOIN channels_delivery tried
        ON tried.message_id = d.message_id AND tried.occurrence = d.occurrence
           AND tried.customer_id = d.customer_id
    LEFT JOIN channels_deliveryevent e
        ON e.delivery_id = tried.id AND e.kind = 'clicked' AND e.human AND e.at <= {}
    LEFT JOIN channels_permission no
        ON no.customer_id = d.customer_id AND no.channel = tried.channel AND no.purpose = 'tracking'
           AND NOT no.granted AND no.stated_at > tried.called_at
    WHERE {}
"""
KNOWN = Sql("bool_and(tried.called_at IS NULL OR tried.tracked AND no.id IS NULL)")
CLICKED = Sql("count(DISTINCT d.id) FILTER (WHERE e.id IS NOT NULL)")
MESSAGES = Sql("count(DISTINCT d.id)")
RUNS = Sql("count(DISTINCT (d.message_id, d.occurrence))")


class EngagementForm(WindowForm):
    did = forms.ChoiceField(label=gettext_lazy("what"), choices=FACTS, initial="sent")
    times = forms.IntegerField(
        label=gettext_lazy("messages, at least"), min_value=1, max_value=1000, initial=1
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("channel"),
        choices=[(ANY_CHANNEL, gettext_lazy("any channel")), *Channel.choices],
        required=False,
        initial=ANY_CHANNEL,
    )
    field_order = ["did", "times", "channel", "window", "days", "since", "until"]


@conditions.register
class Engagement(Condition):
    """How many messages of ours there are of which this is known. Each run of a message counts once a person.

    Where a message stands is where its last attempt stands; a click or an opt-out counts on whichever it was made.
    """

    key = "engagement"
    label = gettext_lazy("Message engagement")
    group = CONTACT
    help = gettext_lazy(
        "What became of marketing messages, and what was done with them. Each counts once, by its last channel. “Did "
        "not answer”: so many arrived, and none of them was clicked. Without consent to evaluate clicks nobody knows "
        "that: then neither “clicked” nor “did not answer” applies. Whether a mail was opened is not recorded."
    )
    Form = EngagementForm
    fact = gettext_lazy("consent to evaluate clicks")

    def needs(self, params: Params) -> Any:
        return self.fact if params.get("did") in ("clicked", "no_answer") else ""

    def set_sql(self, params: Params, at: datetime) -> Sql:
        found = _found(params, at)
        return sql("SELECT d.customer_id FROM {} GROUP BY d.customer_id HAVING {}", found, _many(params))

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "EXISTS (SELECT 1 FROM {} AND d.customer_id = c.id GROUP BY d.customer_id HAVING {})",
            _found(params, at),
            _many(params),
        )

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        hers = sql("{} AND d.customer_id = c.id", _found(params, at))
        if params["did"] == "no_answer":
            return sql("(SELECT {} FROM {})", _silence(params), hers)
        number = sql("(SELECT {} FROM {})", RUNS, hers)
        return _clicks(params, at, number) if params["did"] == "clicked" else number

    def seen_words(self, value: Any, params: Params) -> str:
        number, *clicked = value if isinstance(value, list) else [value]
        words = ngettext("%s message", "%s messages", number) % formats.number(number)
        if not clicked:
            return words
        return phrases.both(
            [words, ngettext("%s clicked", "%s clicked", clicked[0]) % formats.number(clicked[0])]
        )

    def words(self, params: Params) -> str:
        channel = f"({Channel(params['channel']).label})" if params["channel"] else ""
        said = _clause(params["did"], params["times"]) % formats.number(params["times"])
        return phrases.joined(said, channel, phrases.window(params))


def _found(params: Params, at: datetime) -> Sql:
    """FROM and WHERE: the deliveries `d` that count, with the events `e` where those are asked for."""
    did = params["did"]
    if did == "no_answer":
        return sql(ANSWERS, at, _ended(REACHED, params, at))
    if did in HAPPENED:
        events = Sql("channels_deliveryevent e JOIN channels_delivery d ON d.id = e.delivery_id")
        kind = sql("e.kind = {} AND e.human", str(HAPPENED[did]))
        return sql("{} WHERE {}", events, every([kind, *_asked(Sql("e.at"), params, at)]))
    return sql("channels_delivery d WHERE {}", _ended(ENDED[did], params, at))


def _ended(states: Iterable[str], params: Params, at: datetime) -> Sql:
    return every([_is_any(states), LAST, *_asked(MOMENT, params, at)])


def _is_any(states: Iterable[str]) -> Sql:
    names = ", ".join(f"'{state}'" for state in states)
    return Sql(f"d.state IN ({names})")


def _asked(moment: Sql, params: Params, at: datetime) -> list[Sql]:
    """Marketing, on that channel, in that window, up to now."""
    tests = [ADVERTISED, comparing.in_window(moment, params, at), sql("{} <= {}", moment, at)]
    return [*tests, sql("d.channel = {}", params["channel"])] if params["channel"] else tests


def _many(params: Params) -> Sql:
    if params["did"] == "no_answer":
        return sql("{} >= {} AND count(e.id) = 0 AND {}", MESSAGES, params["times"], KNOWN)
    return sql("{} >= {}", RUNS if params["did"] in HAPPENED else Sql("count(*)"), params["times"])


def _silence(params: Params) -> Sql:
    """How many she got and how many of them she clicked; null where only untracked ones leave it open."""
    is_open = sql("{} >= {} AND count(e.id) = 0 AND NOT {}", MESSAGES, params["times"], KNOWN)
    return sql("CASE WHEN {} THEN NULL ELSE ARRAY[{}, {}] END", is_open, MESSAGES, CLICKED)


def _clicks(params: Params, at: datetime, number: Sql) -> Sql:
    """How many she clicked; null where it would be enough with those of which nobody knows."""
    untracked = [_is_any(REACHED), Sql("NOT d.tracked"), ADVERTISED]
    if params["channel"]:
        untracked.append(sql("d.channel = {}", params["channel"]))
    others = sql(
        "(SELECT {} FROM channels_delivery d WHERE d.customer_id = c.id AND {})", RUNS, every(untracked)
    )
    return sql(
        "(SELECT CASE WHEN k.number < {} AND k.number + k.others >= {} THEN NULL ELSE k.number END"
        " FROM (SELECT {} AS number, {} AS others) k)",
        *(params["times"], params["times"], number, others),
    )


def _clause(did: str, times: int) -> str:
    texts: dict[str, Callable[[], str]] = {
        "sent": lambda: ngettext("was sent at least %s message", "was sent at least %s messages", times),
        "clicked": lambda: ngettext(
            "clicked in at least %s message", "clicked in at least %s messages", times
        ),
        "no_answer": lambda: ngettext(
            "got at least %s message and did not click it",
            "got at least %s messages and clicked in none of them",
            times,
        ),
        "opted_out": lambda: ngettext(
            "opted out by at least %s message", "opted out by at least %s messages", times
        ),
        "complained": lambda: ngettext(
            "reported at least %s message as spam", "reported at least %s messages as spam", times
        ),
        "bounced": lambda: ngettext("at least %s message bounced", "at least %s messages bounced", times),
        "not_sent": lambda: ngettext(
            "at least %s message was not sent", "at least %s messages were not sent", times
        ),
    }
    return texts[did]()
