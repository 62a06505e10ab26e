"""The preference centre's form: what it offers, and what it was when it was shown."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.models import Channel, Frequency, Purpose, Topic
from channels.preferences import Cell, Wishes
from config import formats
from customers import interests
from customers.models import Shop

MONTH, QUARTER = "month", "quarter"
LENGTHS = {MONTH: timedelta(days=30), QUARTER: timedelta(days=90)}
NONE, KEEP, UNTIL = "none", "keep", "until"
LONGEST = timedelta(days=366)


class PreferenceForm(forms.Form):
    """`now`: what holds. `on`: today where she lives. `shown` carries what the page said when it was opened."""

    allowed = forms.MultipleChoiceField(required=False)
    frequency = forms.ChoiceField(choices=Frequency)
    pause = forms.ChoiceField()
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    interests = forms.MultipleChoiceField(required=False)
    language = forms.ChoiceField(required=False)
    preferred = forms.ChoiceField(required=False)
    shown = forms.CharField(required=False)

    def __init__(
        self, *args: Any, now: Wishes, spoken: str, zone: ZoneInfo, at: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.zone, self.at, self.spoken = now, zone, at, spoken
        self.on = at.astimezone(zone).date()
        self._offer(
            "allowed", [(word(cell), name) for _key, _label, rows in self.switches() for cell, name in rows]
        )
        self._offer("pause", self._pauses())
        self._offer("interests", [(str(each.pk), each.name_in(spoken)) for each in interests.offered()])
        self._offer("language", languages())
        self._offer("preferred", self._ways())

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def switches(self) -> list[tuple[str, str, list[tuple[Cell, str]]]]:
        """Per channel what can be switched. Messages without a topic stand here where she gets them."""
        topics = list(Topic.objects.all())
        found = []
        for channel in self.now.channels:
            rows = [
                (Cell(channel, Purpose.SENDING, topic.pk), topic.name_in(self.spoken)) for topic in topics
            ]
            every = Cell(channel, Purpose.SENDING, 0)
            if not topics or every in self.now.allowed:
                rows.append((every, gettext("Everything else") if topics else gettext("News and offers")))
            rows.append((Cell(channel, Purpose.TRACKING, 0), ""))
            found.append((channel, str(Channel(channel).label), rows))
        return found

    def _ways(self) -> list[tuple[str, str]]:
        """What she can prefer, where there is more than one."""
        ways = [(channel, str(Channel(channel).label)) for channel in self.now.channels]
        return [*ways, ("", gettext("All the same"))] if len(ways) > 1 else []

    def _pauses(self) -> list[tuple[str, str]]:
        until = self.now.paused_until
        kept = [(KEEP, gettext("Until %(day)s, as chosen") % {"day": self.day(until)})] if until else []
        return [
            *kept,
            (NONE, gettext("No pause")),
            (MONTH, gettext("One month, until %(day)s") % {"day": formats.day(self.on + LENGTHS[MONTH])}),
            (
                QUARTER,
                gettext("Three months, until %(day)s") % {"day": formats.day(self.on + LENGTHS[QUARTER])},
            ),
            (UNTIL, gettext("Until a day of your choice")),
        ]

    def day(self, at: datetime) -> str:
        return formats.day(at.astimezone(self.zone).date())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._keep(cleaned)
        if cleaned.get("pause") != UNTIL:
            self.errors.pop("until", None)
            return cleaned | {"until": None}
        if "until" not in self.errors:
            self._check_day(cleaned.get("until"))
        if "until" in self.errors:
            return cleaned | {"pause": KEEP, "until": None}
        return cleaned

    def _check_day(self, until: date | None) -> None:
        if until is None:
            self.add_error("until", _("Please choose a day."))
        elif not self.on < until <= self.on + LONGEST:
            self.add_error("until", _("Please choose a day from tomorrow on, within a year."))

    def may_be_saved(self) -> bool:
        """A wrong day costs the pause alone: a no is not held up by it."""
        return not self.errors.keys() - {"until"}

    def _keep(self, cleaned: dict[str, Any]) -> None:
        """What is not offered any more counts as unchanged: a no must not fail because the page lay open meanwhile."""
        if not {"frequency", "pause"} <= self.data.keys():
            return  # not from this page at all, which always sends them
        was = self.was()
        kept: dict[str, Any] = {
            "frequency": was.frequency,
            "pause": KEEP,
            "language": was.language,
            "preferred": was.preferred,
            "interests": self._known("interests", {str(pk) for pk in was.interests}),
        }
        shown = {word(each) for each in was.allowed}
        offered = self._known("allowed", shown)
        if set(self["allowed"].data) <= set(offered):
            kept["allowed"] = offered
        for name in kept.keys() & self.errors.keys():
            del self.errors[name]
            cleaned[name] = kept[name]

    def _known(self, name: str, shown: set[str]) -> list[str]:
        """What was chosen of what is offered, or was when the page was shown."""
        field = cast(forms.ChoiceField, self.fields[name])
        return [each for each in self[name].data if each in shown or field.valid_value(each)]

    def wanted(self) -> Wishes:
        """What was sent, once it is valid."""
        sent = self.cleaned_data
        return Wishes(
            allowed=frozenset(cell(each) for each in sent["allowed"]),
            frequency=sent["frequency"],
            paused_until=self._until(sent["pause"], sent["until"]),
            interests=frozenset(int(pk) for pk in sent["interests"]),
            language=sent["language"],
            preferred=sent["preferred"] if "preferred" in self.data else self.was().preferred,
        )

    def _until(self, chosen: str, day: date | None) -> datetime | None:
        if chosen == KEEP:
            return self.was().paused_until
        if chosen == NONE:
            return None
        end = day if chosen == UNTIL and day else self.on + LENGTHS.get(chosen, LONGEST)
        return datetime.combine(end, time(), self.zone)

    def was(self) -> Wishes:
        """What the page showed when it was opened; what holds now if it does not say so."""
        try:
            return _parsed(json.loads(self.data.get("shown", "")))
        except (ValueError, TypeError, KeyError, AttributeError):
            return self.now

    def shown_now(self) -> str:
        """What the next page shows, for `was`."""
        now = self.now
        return json.dumps(
            {
                "allowed": sorted(word(each) for each in now.allowed),
                "frequency": now.frequency,
                "paused_until": now.paused_until.isoformat() if now.paused_until else "",
                "interests": sorted(now.interests),
                "language": self.language_now(),
                "preferred": now.preferred,
            }
        )

    def language_now(self) -> str:
        """Her language among those that can be chosen, else the page's."""
        offered = [code for code, _name in languages()]
        wanted = [self.now.language, self.now.language.split("-")[0], self.spoken]
        return next((code for code in wanted if code in offered), "")


def _parsed(said: dict[str, Any]) -> Wishes:
    until = said["paused_until"]
    return Wishes(
        allowed=frozenset(cell(each) for each in said["allowed"]),
        frequency=str(said["frequency"]),
        paused_until=datetime.fromisoformat(until) if until else None,
        interests=frozenset(int(each) for each in said["interests"]),
        language=str(said["language"]),
        preferred=str(said.get("preferred", "")),
    )


def word(each: Cell) -> str:
    return f"{each.channel}:{each.purpose}:{each.topic_id}"


def cell(text: str) -> Cell:
    """The opposite of `word`. Raises ValueError."""
    channel, purpose, topic_id = text.split(":")
    return Cell(channel, purpose, int(topic_id))


def languages() -> list[tuple[str, str]]:
    """What the shop writes in, each by its own name."""
    return [(code, _own_name(code)) for code in Shop.current().languages]


def _own_name(code: str) -> str:
    try:
        locale = Locale.parse(code, sep="-")
    except (ValueError, UnknownLocaleError):
        return code
    name = locale.get_display_name(locale.language) or code
    return name[:1].upper() + name[1:]
