"""Columns of lists: written as the reader writes them, numbers to the right, plain values in the export."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.db.models import F, OrderBy, QuerySet
from django.template.loader import render_to_string
from django_tables2.utils import A

from config import formats
from config.pages import parts

RIGHT = {"th": {"class": "num"}, "td": {"class": "num"}}
Order = Callable[[Any, QuerySet[Any], bool], tuple[QuerySet[Any], bool]]


def empty_last(field: str) -> Order:
    """For a table's `order_NAME`: by that field, and in either direction those without a value come last."""

    def order(table: Any, rows: QuerySet[Any], is_descending: bool) -> tuple[QuerySet[Any], bool]:
        return rows.order_by(OrderBy(F(field), descending=is_descending, nulls_last=True)), True

    return order


class NumberColumn(tables.Column):  # type: ignore[misc]
    """A number with the reader's separators; `digits` after the comma."""

    def __init__(self, *args: Any, digits: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **{"attrs": RIGHT} | kwargs)
        self.digits = digits

    def render(self, value: float | Decimal) -> str:
        return formats.number(value, self.digits)

    def value(self, value: float | Decimal) -> float | Decimal:
        return value


class MoneyColumn(tables.Column):  # type: ignore[misc]
    """Integer minor units; the currency is the record's attribute of that name."""

    def __init__(self, *args: Any, currency: str = "currency", **kwargs: Any) -> None:
        super().__init__(*args, **{"attrs": RIGHT} | kwargs)
        self.currency = currency

    def render(self, value: int, record: Any) -> str:
        return formats.money(value, A(self.currency).resolve(record))

    def value(self, value: int, record: Any) -> Decimal:
        return formats.major(value, A(self.currency).resolve(record))


class MomentColumn(tables.Column):  # type: ignore[misc]
    """A date and time in the shop's zone."""

    def render(self, value: datetime) -> str:
        return formats.moment(value)

    def value(self, value: datetime) -> datetime:
        return value


class DayColumn(tables.Column):  # type: ignore[misc]
    def render(self, value: date) -> str:
        return formats.day(value)

    def value(self, value: date) -> date:
        return value


class BadgeColumn(tables.Column):  # type: ignore[misc]
    """A state as word and colour. `tones` maps the stored value to good, wait, bad, info or calm.

    The word is the choice's label, or `labels[value]`.
    """

    def __init__(
        self,
        *args: Any,
        tones: Mapping[Any, parts.Tone],
        labels: Mapping[Any, parts.Text] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tones = tones
        self.labels = labels

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        tone = self.tones.get(self._stored(value, record, bound_column), "calm")
        return render_to_string("components/_badge.html", {"label": self._word(value), "tone": tone})

    def value(self, value: Any) -> str:
        return str(self._word(value))

    def _word(self, value: Any) -> Any:
        return value if self.labels is None else self.labels.get(value, value)

    def _stored(self, value: Any, record: Any, bound_column: Any) -> Any:
        """tables2 hands us the label of a field with choices; the record still has the stored value."""
        return bound_column.accessor.resolve(record, quiet=True) if self.labels is None else value


class SelectColumn(tables.Column):  # type: ignore[misc]
    """The box with which a row is chosen for a bulk action."""

    def __init__(self) -> None:
        super().__init__(
            accessor="pk",
            orderable=False,
            exclude_from_export=True,
            verbose_name="",
            attrs={"td": {"class": "select"}, "th": {"class": "select"}},
        )

    def render(self, value: Any, record: Any) -> str:
        return render_to_string("components/_select.html", {"value": value, "label": str(record)})
