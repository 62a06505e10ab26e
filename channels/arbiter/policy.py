"""The shop's delivery policy as plain values, read once for many rows."""

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.conf import settings

from channels.arbiter import country_rules, timing
from channels.arbiter.country_rules import CountryRule
from channels.arbiter.timing import Window
from channels.models import Message
from channels.models.policy import EXPIRES_AFTER
from config import prepared
from customers.models import Shop

OPEN = Window((), frozenset(range(7)))


class Cap(NamedTuple):
    """At most so many messages of that class ("": of all) within so many of her days, today among them."""

    cap_class: str
    days: int
    most: int


class Asking(NamedTuple):
    """A yes is asked for again after so many months without a sign of life, and holds for `grace` more, counted at the
    earliest from `since`, when that rule was made."""

    months: int
    grace: timedelta
    since: datetime


class Policy(NamedTuple):
    """`window` without a country; `best_hour` is that of most people; `zone` and `country` are the shop's, for people
    of whom we know nothing; `countries` are the shop's own rules by code, beside those of `country_rules`; `asking` is
    None where no yes is asked for again."""

    window: Window
    skip_holidays: bool
    caps: tuple[Cap, ...]
    expires_after: timedelta
    slow_down: bool
    best_hour: int | None
    zone: str
    country: str
    countries: Mapping[str, CountryRule] = {}
    asking: Asking | None = None

    def window_of(self, country: str, channel: str, days: tuple[int, ...] | None) -> Window:
        """What holds for somebody there on that channel, for a message with days of its own (None: the shop's). Rules
        of the country only ever narrow it."""
        place = (country or self.country).upper()
        law = self.law(place, channel)
        allowed = self.window.days if days is None else frozenset(days)
        return Window(
            (*self.window.quiet, *law.quiet),
            allowed & law.days,
            place if self.skip_holidays else law.country,
        )

    def law(self, country: str, channel: str) -> Window:
        """What that country alone, or the shop for it, asks for there; OPEN if nothing."""
        own = self.countries.get(country)
        rules = country_rules.of(country, channel, [own] if own else [])
        return Window(
            tuple(rule.quiet for rule in rules if rule.quiet),
            OPEN.days.intersection(*(rule.days for rule in rules)),
            country if any(rule.holidays for rule in rules) else "",
        )

    def never(self) -> list[str]:
        """The countries where, on some channel, nobody could ever be written to: the rules leave no hour open."""
        channels = sorted({"", *(name for rule in country_rules.RULES.values() for name in rule.channels)})
        return [
            country
            for country in sorted({*country_rules.RULES, *self.countries})
            if not all(timing.ever_opens(self.window_of(country, channel, None)) for channel in channels)
        ]

    def expiry(self, message: Message, due_at: datetime) -> datetime | None:
        """When it is too late for the message. Service messages expire only where theirs says so."""
        if message.purpose == Message.Purpose.SERVICE and message.expires_after is None:
            return None
        return due_at + (message.expires_after or self.expires_after)


# Asked by three gates for each slice: one small statement instead of two rows of the ORM.
LOAD = """
    SELECT s.time_zone, s.country, p.expires_after, p.quiet_from, p.quiet_until, p.allowed_days, p.skip_holidays,
           p.caps::text, p.slow_down, p.best_hour, p.countries::text,
           p.ask_consent_after, p.ask_consent_grace, p.ask_consent_since
    FROM (SELECT) AS one LEFT JOIN channels_deliverypolicy p ON p.id = 1 LEFT JOIN customers_shop s ON s.id = 1
"""


def load() -> Policy:
    """As it stands. The migrations write the usual one; where there is none, nothing is forbidden."""
    with prepared.cursor() as cursor:
        cursor.execute(LOAD)
        zone, country, expires_after, *rule = cursor.fetchone()
    zone, country = zone or settings.TIME_ZONE, country or Shop().country
    if expires_after is None:
        return Policy(OPEN, False, (), EXPIRES_AFTER, False, None, zone, country)
    start, end, days, skip_holidays, caps, slow_down, best_hour, countries, months, grace, since = rule
    window = Window(((start, end),) if start and end else (), frozenset(days))
    limits = tuple(Cap(**cap) for cap in json.loads(caps))
    own = own_rules(json.loads(countries))
    asking = Asking(months, timedelta(days=grace), since) if months else None
    return Policy(
        window, skip_holidays, limits, expires_after, slow_down, best_hour, zone, country, own, asking
    )


def own_rules(countries: list[dict[str, Any]]) -> dict[str, CountryRule]:
    """What `DeliveryPolicy.countries` keeps, by code."""
    return {
        each["country"]: CountryRule(
            (time.fromisoformat(each["quiet_from"]), time.fromisoformat(each["quiet_until"]))
            if each["quiet_from"]
            else None,
            frozenset(each["days"]),
        )
        for each in countries
    }
