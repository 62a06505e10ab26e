"""The rules of a programme, frozen as versions (Terms), and what they make of a purchase or an event."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from config import clocks
from config.clocks import months_later
from customers.models import User
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.models import EarningRule as RuleRow
from loyalty.models import Program, Terms


@dataclass(frozen=True)
class Rule:
    """A frozen rule: the id of the row that people edit, its plug-in and its cleaned parameters."""

    id: int
    plugin: EarningRule
    params: Params
    starts_on: date | None
    ends_on: date | None

    def counts(self, on: date) -> bool:
        return (self.starts_on is None or self.starts_on <= on) and (
            self.ends_on is None or on <= self.ends_on
        )


@dataclass(frozen=True)
class Frozen:
    """Terms, ready to be asked."""

    id: int
    rules: tuple[Rule, ...]
    rounding: str
    zone: str
    ready_after_days: int
    expiry_months: int
    expiry_at_year_end: bool

    def points(self, purchase: Purchase) -> int:
        """The whole points of a purchase as it stands."""
        return self.reckon(purchase).points

    def reckon(self, purchase: Purchase) -> "Reckoning":
        """The same line by line, with the rules that made it so."""
        rules = [rule for rule in self.rules if rule.counts(purchase.on)]
        lines = tuple(_line(rules, purchase, line) for line in purchase.lines)
        exact = sum((line.points for line in lines), Fraction(0))
        whole = int(exact + Fraction(1, 2)) if self.rounding == Program.Rounding.HALF_UP else int(exact)
        limits = [most for rule in rules if (most := rule.plugin.most(rule.params)) is not None]
        return Reckoning(lines, exact, max(whole, 0), min(limits, default=None))

    def window(self, on: date) -> tuple[datetime, datetime | None]:
        """When points of this day can be spent, and when they end: both at midnight in the programme's zone."""
        return self._midnight(on + timedelta(days=self.ready_after_days)), self._end(on)

    def _end(self, on: date) -> datetime | None:
        if not self.expiry_months:
            return None
        last = months_later(on, self.expiry_months)
        return self._midnight(
            date(last.year + 1, 1, 1) if self.expiry_at_year_end else last + timedelta(days=1)
        )

    def _midnight(self, on: date) -> datetime:
        return clocks.instant(datetime.combine(on, time()), self.zone)


@dataclass(frozen=True)
class Reckoned:
    """What a line earns before rounding, and by which rules."""

    line: Line
    factor: Fraction
    points: Fraction
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Reckoning:
    """A purchase's points: `exact` and rounded (`whole`), at most `limit`."""

    lines: tuple[Reckoned, ...]
    exact: Fraction
    whole: int
    limit: int | None

    @property
    def points(self) -> int:
        return self.whole if self.limit is None else min(self.whole, self.limit)


def _line(rules: list[Rule], purchase: Purchase, line: Line) -> Reckoned:
    rates = [(rule.plugin.rate(rule.params, purchase, line), rule) for rule in rules]
    factors = [(rule.plugin.factor(rule.params, purchase, line), rule) for rule in rules]
    rate = sum((each for each, _rule in rates), Fraction(0))
    factor = max((each for each, _rule in factors), default=Fraction(1))
    because = [rule for each, rule in rates if each]
    because += [rule for each, rule in factors if each == factor != 1][:1]
    return Reckoned(line, factor, line.amount * rate * factor, tuple(because))


@transaction.atomic
def freeze(program: Program, at: datetime, by: User | None = None) -> Terms:
    """The newest version; a new one, if rules or programme have changed since. Raises ValidationError, by rule."""
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    program.refresh_from_db()
    content = written(program)
    newest = Terms.objects.filter(program=program).order_by("-version").first()
    if newest is not None and newest.content == content:
        return newest
    version = newest.version + 1 if newest else 1
    return Terms.objects.create(program=program, version=version, content=content, at=at, made_by=by)


def written(program: Program) -> dict[str, Any]:
    """All rules as they are edited at this moment. Raises ValidationError, by rule."""
    rules = RuleRow.objects.filter(program=program, active=True, removed_at=None).order_by("pk")
    return {
        "rules": [_frozen(rule) for rule in rules],
        "rounding": program.rounding,
        "zone": program.time_zone,
        "ready_after_days": program.ready_after_days,
        "expiry_months": program.expiry_months,
        "expiry_at_year_end": program.expiry_at_year_end,
    }


def _frozen(rule: RuleRow) -> dict[str, Any]:
    form = earning_rules[rule.key].Form(rule.params)
    if not form.is_valid():
        raise ValidationError({rule.name: [text for texts in form.sentences().values() for text in texts]})
    return {
        "id": rule.pk,
        "key": rule.key,
        "params": form.plain(),
        "starts_on": rule.starts_on.isoformat() if rule.starts_on else None,
        "ends_on": rule.ends_on.isoformat() if rule.ends_on else None,
    }


def newest(program: Program) -> Frozen | None:
    row = Terms.objects.filter(program=program).order_by("-version").values_list("pk", flat=True).first()
    return load(row) if row is not None else None


def versions(program: Program) -> list[tuple[datetime, int]]:
    """When each was published, and its id, the newest last."""
    return list(Terms.objects.filter(program=program).order_by("version").values_list("at", "pk"))


@lru_cache(maxsize=256)
def load(terms_id: int) -> Frozen:
    """Terms never change, so they are read once per process."""
    return thaw(terms_id, Terms.objects.get(pk=terms_id).content)


def draft(program: Program) -> Frozen:
    """What would be frozen now. Raises ValidationError, by rule."""
    return thaw(0, written(program))


def thaw(terms_id: int, content: dict[str, Any]) -> Frozen:
    rules = tuple(thaw_rule(each) for each in content["rules"])
    return Frozen(terms_id, rules, **{name: content[name] for name in content if name not in ("rules",)})


def thaw_rule(rule: dict[str, Any]) -> Rule:
    """One rule of a version's content."""
    plugin = earning_rules[rule["key"]]
    form = plugin.Form(rule["params"])
    form.full_clean()
    days = [date.fromisoformat(rule[name]) if rule[name] else None for name in ("starts_on", "ends_on")]
    return Rule(rule["id"], plugin, form.cleaned_data, *days)
