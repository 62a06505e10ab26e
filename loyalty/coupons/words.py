"""A coupon in words: what it gives, when, and how it stands."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats
from config.pages.parts import Tone
from loyalty.coupons import offers, windows
from loyalty.models import Coupon, Offer


class State(NamedTuple):
    key: str
    label: str
    tone: Tone


def state(coupon: Coupon, at: datetime) -> State:
    if not coupon.active:
        return State("paused", _("paused"), "wait")
    if coupon.valid_until and coupon.valid_until <= at:
        return State("ended", _("ended"), "calm")
    if coupon.total_limit is not None and coupon.used >= coupon.total_limit:
        return State("used_up", _("used up"), "bad")
    if coupon.valid_from and coupon.valid_from > at:
        return State("waits", _("begins later"), "info")
    return State("runs", _("runs"), "good")


def coupon(made: Coupon) -> str:
    """ "10 % off, only in Home, from 50 EUR, until 24 Dec 2026"."""
    return ", ".join([offer(made.offer), *days(made)])


def offer(given: Offer) -> str:
    """What is taken off, and what its rules ask."""
    try:
        asked = [rule.words(params, given.currency) for rule, params in offers.rules(given)]
    except ValueError:
        asked = [_("with a rule that is damaged: enter the rules anew")]
    most = [_("at most %s") % formats.money(given.most, given.currency)] if given.most else []
    return ", ".join([discount(given), *most, *asked])


def discount(given: Offer) -> str:
    if given.percent is None:
        return _("%s off") % formats.money(given.amount or 0, given.currency)
    digits = next(n for n in (0, 1, 2) if n == 2 or given.percent * 10**n % 1 == 0)
    return _("%s off") % formats.percent(given.percent / 100, digits)


def days(made: Coupon) -> list[str]:
    """When the coupon, and each of its codes, is valid."""
    found = []
    if made.starts_on and made.ends_on:
        period = {"first": formats.day(made.starts_on), "last": formats.day(made.ends_on)}
        found.append(_("from %(first)s to %(last)s") % period)
    elif made.starts_on:
        found.append(_("from %s on") % formats.day(made.starts_on))
    elif made.ends_on:
        found.append(_("until %s") % formats.day(made.ends_on))
    return [*found, _own(made)] if windows.counts_days(made) else found


def _own(made: Coupon) -> str:
    long = ngettext("for %s day", "for %s days", made.days_from_issue or 0) % formats.number(
        made.days_from_issue or 0
    )
    words = {
        "issue": _("each code %s from its issue"),
        "delivery": _("each code %s from the delivery of its message"),
        "purchase": _("each code %s from the last purchase"),
        "birthday": _("each code %s from the birthday"),
    }
    said = words[made.relative_to] % long
    return said + _shifted(made.days_after) if made.days_after else said


def _shifted(days_after: int) -> str:
    number = formats.number(abs(days_after))
    if days_after < 0:
        return ngettext(" (begins %s day before)", " (begins %s days before)", -days_after) % number
    return ngettext(" (begins %s day later)", " (begins %s days later)", days_after) % number
