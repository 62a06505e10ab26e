"""The programme that pages and messages speak of, and what its rules name."""

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext as _

from config import clocks, formats
from customers.models import Category, Product, Store
from loyalty import terms
from loyalty.models import Account, EarningRule, Program, Terms


def active() -> QuerySet[Program]:
    """Those that give points, the oldest first: messages, segments and pages of customers speak of that one."""
    return Program.objects.filter(active=True).order_by("pk")


def of(customer_id: int) -> QuerySet[Program]:
    """What gives points, and what she has some in: a pause keeps what was given."""
    hers = Account.objects.filter(program=OuterRef("pk"), customer=customer_id).exclude(balance=0, debt=0)
    return Program.objects.filter(Q(active=True) | Exists(hers)).order_by("pk")


def current() -> Program | None:
    """The oldest active one, else the oldest."""
    return Program.objects.order_by("-active", "pk").first()


def unknown(names: str, words: Iterable[str]) -> list[str]:
    """Those of the words that name no category, brand, product or store: points would never be earned for them."""
    wanted = list(words)
    if names == "category":
        known = set(Category.objects.filter(path__in=wanted).values_list("path", flat=True))
        return [each for each in wanted if each not in known]
    if names == "brand":
        lower = [each.lower() for each in wanted]
        named = Product.objects.annotate(lower=Lower("brand")).filter(lower__in=lower)
        known = set(named.values_list("lower", flat=True))
        return [each for each in wanted if each.lower() not in known]
    if names == "store":
        known = set(Store.objects.filter(number__in=wanted).values_list("number", flat=True))
        return [each for each in wanted if each not in known]
    if names == "product":
        upper = [each.upper() for each in wanted]
        rows = Product.objects.annotate(upper=Upper("sku")).filter(upper__in=upper)
        known = set(rows.values_list("upper", flat=True))
        return [each for each in wanted if each.upper() not in known]
    return []


# --- Figures ---


class Month(NamedTuple):
    """Points of a month so far: `given` were earned, received as a present or corrected upwards, net of what was
    taken back; `open` is what stands in all accounts now."""

    given: int
    spent: int
    ended: int
    open: int


# One pass over the bookings and one over the accounts: 76 ms at 300,000 bookings (docs/loyalty.md).
MONTH = """
    SELECT coalesce(sum(points) FILTER (WHERE kind = 'earn' OR (kind = 'adjust' AND points > 0)), 0)::bigint,
        coalesce(-sum(points) FILTER (WHERE kind = 'spend'), 0)::bigint,
        coalesce(-sum(points) FILTER (WHERE kind = 'expire'), 0)::bigint,
        (SELECT coalesce(sum(balance), 0)::bigint FROM loyalty_account WHERE program_id = %(program)s)
    FROM loyalty_entry WHERE program_id = %(program)s AND at >= %(since)s AND at <= %(at)s
"""


def month(program: Program, at: datetime) -> Month:
    first = clocks.local_day(at, program.time_zone).replace(day=1)
    since = clocks.instant(datetime.combine(first, time()), program.time_zone)
    with connection.cursor() as cursor:
        cursor.execute(MONTH, {"program": program.pk, "since": since, "at": at})
        return Month(*cursor.fetchone())


# --- What was changed, version by version ---


class Change(NamedTuple):
    """A published version with what it changed, as sentences."""

    terms: Terms
    words: list[str]


def history(program: Program) -> list[Change]:
    """Newest first."""
    rows = list(Terms.objects.filter(program=program).select_related("made_by").order_by("version"))
    names = dict(EarningRule.objects.filter(program=program).values_list("pk", "name"))
    before: list[dict[str, Any]] = [{}, *(row.content for row in rows)]
    found = [Change(row, changes(old, row.content, names)) for old, row in zip(before, rows, strict=False)]
    return found[::-1]


def unpublished(program: Program) -> list[str]:
    """What would change if the rules were published now. Raises ValidationError, by rule."""
    newest = Terms.objects.filter(program=program).order_by("-version").first()
    names = dict(EarningRule.objects.filter(program=program).values_list("pk", "name"))
    return changes(newest.content if newest else {}, terms.written(program), names)


def changes(old: dict[str, Any], new: dict[str, Any], names: dict[int, str]) -> list[str]:
    """The difference between two versions in words."""
    was = {rule["id"]: rule for rule in old.get("rules", [])}
    now = {rule["id"]: rule for rule in new["rules"]}
    said = []
    for pk in sorted(was.keys() | now.keys()):
        name = names.get(pk) or _("a rule that is gone")
        if pk not in was:
            said.append(_("New: “%(name)s” (%(words)s)") % {"name": name, "words": rule_words(now[pk])})
        elif pk not in now:
            said.append(_("No more: “%(name)s” (%(words)s)") % {"name": name, "words": rule_words(was[pk])})
        elif was[pk] != now[pk]:
            about = {"name": name, "before": rule_words(was[pk]), "words": rule_words(now[pk])}
            said.append(_("“%(name)s”: %(words)s (before: %(before)s)") % about)
    return said + (_settings(old, new) if old else [])


def rule_words(frozen: dict[str, Any]) -> str:
    """A rule as it stands in terms, with its dates."""
    return words(terms.thaw_rule(frozen))


def words(rule: terms.Rule) -> str:
    said = rule.plugin.words(rule.params)
    if rule.starts_on and rule.ends_on:
        days = {"first": formats.day(rule.starts_on), "last": formats.day(rule.ends_on)}
        return f"{said}, " + _("from %(first)s to %(last)s") % days
    if rule.starts_on:
        return f"{said}, " + _("from %s") % formats.day(rule.starts_on)
    return f"{said}, " + _("until %s") % formats.day(rule.ends_on) if rule.ends_on else said


def _settings(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    labels = {
        "rounding": _("Rounding"),
        "zone": _("Time zone"),
        "ready_after_days": _("Days until points can be spent"),
        "expiry_months": _("Months until points end"),
        "expiry_at_year_end": _("Points end with the year"),
    }
    return [
        _("%(what)s: %(now)s (before: %(before)s)")
        % {"what": label, "now": _value(new[name]), "before": _value(old[name])}
        for name, label in labels.items()
        if old.get(name) != new[name]
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(Program.Rounding.choices).get(value, value))
