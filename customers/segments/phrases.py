"""Pieces of the sentence that says a rule: lists, amounts, windows, days. In the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats


def either(labels: Sequence[str]) -> str:
    """ "A", "A or B", "A, B or C"."""
    return listed(labels, _("%(first)s or %(last)s"))


def both(labels: Sequence[str]) -> str:
    return listed(labels, _("%(first)s and %(last)s"))


def listed(labels: Sequence[str], pair: str) -> str:
    if len(labels) < 2:
        return "".join(labels)
    return pair % {"first": ", ".join(labels[:-1]), "last": labels[-1]}


def amount(params: dict[str, Any], unit: str = "%s") -> str:
    """The operator with its number, such as "at least 2"; `unit` puts a number into words ("%s €")."""
    low = unit % number(params["number"])
    if params["operator"] == "between":
        return _("between %(low)s and %(high)s") % {
            "low": low,
            "high": unit % number(params["upper"]),
        }
    patterns = {"at_least": _("at least %s"), "at_most": _("at most %s"), "exactly": _("exactly %s")}
    return patterns[params["operator"]] % low


def last_number(params: dict[str, Any]) -> int:
    """The number that the noun behind it agrees with."""
    value = params["upper"] if params["operator"] == "between" else params["number"]
    return int(value) if value == int(value) else 2


def number(value: float | Decimal) -> str:
    """2 rather than 2.00, and 2.5 rather than 2.50."""
    if isinstance(value, Decimal):
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return formats.number(value)


def days(number: int) -> str:
    return ngettext("%s day", "%s days", number) % formats.number(number)


def window(params: dict[str, Any]) -> str:
    """ "within the last 30 days", "between 1 May 2026 and 31 May 2026", or nothing for all time."""
    if params["window"] == "days":
        return within(params["days"])
    if params["window"] == "dates":
        return between(params["since"], params["until"])
    return ""


def times(params: dict[str, Any]) -> str:
    """ "in at least 3 orders"; once goes without saying."""
    if params["times"] == 1:
        return ""
    return _("in at least %s orders") % formats.number(params["times"])


def within(number: int) -> str:
    text = ngettext("within the last %(days)s day", "within the last %(days)s days", number)
    return text % {"days": formats.number(number)}


def between(since: Any, until: Any) -> str:
    return _("between %(since)s and %(until)s") % {"since": formats.day(since), "until": formats.day(until)}


def moment(params: dict[str, Any]) -> str:
    """When something was, for the parameters of a `MomentForm`."""
    operator = params["operator"]
    if operator == "within":
        return within(params["days"])
    if operator == "longer_ago":
        return _("more than %s ago") % days(params["days"])
    if operator == "between":
        return between(params["date"], params["until"])
    if operator == "never":
        return _("never")
    return {"before": _("before %s"), "since": _("on or after %s")}[operator] % formats.day(params["date"])


def value(found: Any) -> str:
    """A value of the database as it is read."""
    if isinstance(found, datetime):
        return formats.moment(found)
    if isinstance(found, date):
        return formats.day(found)
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, int | float | Decimal):
        return formats.number(found)
    return ", ".join(map(value, found)) if isinstance(found, list) else str(found)


def joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
