"""When the law of a country, or its networks, let advertising arrive: a table, checked in like any other rule.

Each row holds for people who live there or whose number is of that country, on its channels, by the clock there. Shops
can only narrow it, on the page of the delivery policy. Whoever changes a row changes `AS_OF`, the month in which
somebody looked at all of them. This is what engineers found, no legal advice; `basis` stands on the page beside it.
"""

from collections.abc import Iterable
from datetime import date, time
from typing import NamedTuple

from channels.arbiter.timing import Span

AS_OF = date(2026, 11, 1)
EVERY_DAY = frozenset(range(7))
SUNDAY = 6
SMS = frozenset({"sms"})
ANY_CHANNEL: frozenset[str] = frozenset()


class CountryRule(NamedTuple):
    """Closed in `quiet`, on all but `days` (from Monday, 0) and, with `holidays`, on those of the country. Without
    `channels` it holds on all of them. `quiet` None: no hours of its own."""

    quiet: Span | None
    days: frozenset[int] = EVERY_DAY
    holidays: bool = False
    channels: frozenset[str] = ANY_CHANNEL
    basis: str = ""

    def holds_on(self, channel: str) -> bool:
        return not self.channels or channel in self.channels


def _each(countries: str, rule: CountryRule) -> dict[str, CountryRule]:
    return dict.fromkeys(countries.split(), rule)


RULES: dict[str, CountryRule] = {
    # 8 to 21 h at the recipient's place, calls and texts alike; the territories are under the same title.
    **_each(
        "US PR VI GU AS MP",
        CountryRule((time(21), time(8)), channels=SMS, basis="47 CFR 64.1200(c)(1)"),
    ),
    # Promotional texts 9 to 21 h under the rules of the regulator for commercial communication.
    "IN": CountryRule((time(21), time(9)), channels=SMS, basis="TRAI, TCCCPR 2018 (Satisfi)"),
    # Networks hold back marketing from 22 to 8 h, on Sundays and on public holidays.
    "FR": CountryRule(
        (time(22), time(8)), EVERY_DAY - {SUNDAY}, True, channels=SMS, basis="Orange, SFR, Bouygues (Brevo)"
    ),
    # Often nothing from 20 to 9 h, by law or by networks. Where it is not the same everywhere the longest night holds.
    **_each(
        "AR BO BR CL CO CR DO EC GT HN MX NI PA PE PY SV UY VE",
        CountryRule((time(20), time(9)), channels=SMS, basis="MailUp"),
    ),
}


def of(country: str, channel: str, own: Iterable[CountryRule] = ()) -> list[CountryRule]:
    """What holds there on that channel: the row of the table, and the shop's `own`."""
    rule = RULES.get(country)
    return [each for each in (*own, *([rule] if rule else [])) if each.holds_on(channel)]
