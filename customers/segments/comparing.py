"""What many conditions share: compare a number, ask for a stretch of time. The forms and the SQL of both."""

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from config.forms import refuse_an_end_before_its_start
from customers.models import Shop
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

MAX_DAYS = 3_650
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)

OPERATORS = [
    ("at_least", _("at least")),
    ("at_most", _("at most")),
    ("between", _("between")),
    ("exactly", _("exactly")),
]
WINDOWS = [("all", _("ever")), ("days", _("in the last days")), ("dates", _("between two dates"))]
MOMENTS = [
    ("within", _("in the last days")),
    ("longer_ago", _("longer ago than")),
    ("since", _("on or after")),
    ("before", _("before")),
    ("between", _("between two dates")),
]


class DayField(forms.DateField):
    """A date as a browser's date input sends it: 2026-12-24."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> date | None:
        found = super().to_python(value if value is None else str(value))
        if found is not None and not EARLIEST <= found <= LATEST:
            raise forms.ValidationError(_("This date is out of reach."))
        return found


def days_field() -> forms.IntegerField:
    return forms.IntegerField(label=_("days"), min_value=1, max_value=MAX_DAYS, initial=30)


class NumberField(forms.DecimalField):
    """A number with at most two digits after the point, up to a billion either way."""

    def __init__(self, **kwargs: Any) -> None:
        most = Decimal(10**9)
        super().__init__(min_value=-most, max_value=most, max_digits=12, decimal_places=2, **kwargs)


class MoneyField(NumberField):
    """An amount in major units of the shop's currency."""


class AmountForm(ParamsForm):
    """An operator and whole numbers."""

    operator = forms.ChoiceField(label=_("comparison"), choices=OPERATORS, initial="at_least")
    number: forms.Field = forms.IntegerField(label=_("count"), min_value=0, max_value=10**9, initial=1)
    upper: forms.Field = forms.IntegerField(label=_("and"), min_value=0, max_value=10**9, initial=10)
    shown = {"upper": ("operator", frozenset({"between"}))}

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if {"number", "upper"} <= data.keys() and data["upper"] < data["number"]:
            self.add_error("upper", _("The second number is below the first."))
        return data


class MoneyForm(AmountForm):
    """An operator and amounts in the shop's currency, in major units."""

    number = MoneyField(label=_("amount"), initial=100)
    upper = MoneyField(label=_("and"), initial=200)


class WindowForm(ParamsForm):
    """All time, the last n days, or between two dates (both included)."""

    window = forms.ChoiceField(label=_("period"), choices=WINDOWS, initial="all")
    days = days_field()
    since = DayField(label=_("from"))
    until = DayField(label=_("until"))
    shown = {
        "days": ("window", frozenset({"days"})),
        "since": ("window", frozenset({"dates"})),
        "until": ("window", frozenset({"dates"})),
    }

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        refuse_an_end_before_its_start(self, "since", "until")
        return data


class MomentForm(ParamsForm):
    """When something was: within n days, longer ago, before, since, or between dates (both included)."""

    operator = forms.ChoiceField(label=_("when"), choices=MOMENTS, initial="within")
    days = days_field()
    date = DayField(label=_("date"))
    until = DayField(label=_("until"))
    shown = {
        "days": ("operator", frozenset({"within", "longer_ago"})),
        "date": ("operator", frozenset({"since", "before", "between"})),
        "until": ("operator", frozenset({"between"})),
    }

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        refuse_an_end_before_its_start(self, "date", "until")
        return data


# --- The same as SQL ---


def compare(value: Sql, operator: str, number: Any, upper: Any = None) -> Sql:
    if operator == "between":
        return sql("{} BETWEEN {} AND {}", value, number, upper)
    sign = {"at_least": Sql(">="), "at_most": Sql("<="), "exactly": Sql("=")}[operator]
    return sql("{} {} {}", value, sign, number)


def holds_for_zero(operator: str, number: Any, upper: Any = None) -> bool:
    """Whether somebody with nothing at all belongs."""
    if operator == "between":
        return bool(number <= 0 <= upper)
    return bool({"at_least": number <= 0, "at_most": number >= 0, "exactly": number == 0}[operator])


def minor(amount: Decimal) -> int:
    """An amount in the shop's currency as minor units, rounded half up."""
    digits = get_currency_precision(Shop.current().currency or "EUR")
    return int(amount.scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def currency() -> str:
    return Shop.current().currency or "EUR"


def midnight(day: date, at: datetime) -> datetime:
    """The first instant of a day in the zone of `at`."""
    return datetime.combine(day, time(), at.tzinfo)


def in_window(column: Sql, params: dict[str, Any], at: datetime) -> Sql:
    """A test that a time lies in the window of a `WindowForm`."""
    if params["window"] == "days":
        return sql("{} >= {}", column, at - timedelta(days=params["days"]))
    if params["window"] == "dates":
        return in_days(column, params["since"], params["until"], at)
    return Sql("true")


def in_days(column: Sql, since: date, until: date, at: datetime) -> Sql:
    end = midnight(until + timedelta(days=1), at)
    return sql("{} >= {} AND {} < {}", column, midnight(since, at), column, end)


def at_moment(column: Sql, params: dict[str, Any], at: datetime) -> Sql:
    """A test that a time is as a `MomentForm` says; null, not true, when there is none."""
    operator = params["operator"]
    if operator == "within":
        return sql("{} >= {}", column, at - timedelta(days=params["days"]))
    if operator == "longer_ago":
        return sql("{} < {}", column, at - timedelta(days=params["days"]))
    if operator == "between":
        return in_days(column, params["date"], params["until"], at)
    sign = {"since": Sql(">="), "before": Sql("<")}[operator]
    return sql("{} {} {}", column, sign, midnight(params["date"], at))
