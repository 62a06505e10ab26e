"""Pages of a list that may have millions of rows: no page counts or orders them all."""

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import F, Field, Model, OrderBy, QuerySet
from django.db.models.functions import Random
from django.db.models.lookups import LessThan
from django.utils.translation import gettext as _

from config import formats

if TYPE_CHECKING:
    Base = Paginator[Any]
else:
    Base = Paginator

CAP = 10_000  # rows that can be counted and paged through; beyond that, a list wants a narrower question
SORTED = (
    50_000  # so many rows are sorted in a moment; more are no rare thing to meet on a walk through an index
)
# A sort key that is always false, which no index has.
IN_NO_INDEX = LessThan(Random(), 0.0)
SIZES = (25, 50, 100, 200)


class Matches:
    """The rows that search and filters leave, looked at up to CAP and without their order.

    Asked for the first fifty in order, PostgreSQL would walk the ordering index through the whole table to find
    the few that match (seconds at a million rows). So the keys of the matches come first, by the filters' own
    indexes; where they are few, only those rows are ordered, and where they are many, the walk is short. Between the
    two it need not be where names were searched for (`by_text`): all of one name stand together far behind. These are
    sorted, as long as they are not too many.
    """

    def __init__(self, found: QuerySet[Any], *, by_text: bool = False) -> None:
        self.found = found
        self.by_text = by_text
        self.keys = set(found.order_by().values_list("pk", flat=True)[: CAP + 1])
        self.capped = len(self.keys) > CAP

    def rows(self, everything: QuerySet[Any]) -> QuerySet[Any]:
        """The matches as a queryset, taken from `everything` where they are few."""
        return self.found if self.capped else everything.filter(pk__in=self.keys)

    def ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in their order, by a sort where a walk through the index of that order could be long."""
        if self.many:
            return walked(rows)
        if self.by_text and self.capped:
            return rows.order_by(IN_NO_INDEX, *rows.query.order_by)
        return rows

    @cached_property
    def many(self) -> bool:
        """Too many to be sorted while somebody waits."""
        return self.capped and self.estimate > SORTED

    @property
    def number(self) -> str:
        """How many there are, in words."""
        if not self.capped:
            return formats.number(len(self.keys))
        return _("about %(number)s") % {"number": formats.number(self.estimate)}

    @cached_property
    def estimate(self) -> int:
        """How many there are about: more than can be paged through."""
        return max(estimate(self.found), CAP)


def walked(rows: QuerySet[Any]) -> QuerySet[Any]:
    """An order that puts the empty ones last, as an index gives it: without these, which nobody can page to behind so
    many, and equals as they stand there."""
    first = rows.query.order_by[0] if rows.query.order_by else None
    if not isinstance(first, OrderBy) or not first.nulls_last or not isinstance(first.expression, F):
        return rows
    filled = rows.filter(**{f"{first.expression.name}__isnull": False})  # type: ignore[attr-defined]
    if not filled.order_by().values_list("pk")[CAP - 1 : CAP].exists():
        return rows
    return filled.order_by(OrderBy(first.expression, descending=first.descending))


def estimate(found: QuerySet[Any]) -> int:
    """How many there are as PostgreSQL's planner believes, which costs no look at the rows."""
    plan = found.order_by().explain(format="json")  # empty where it can be seen that nothing fits
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0


class CappedPaginator(Base):
    """Pages of `ordered` keys; only the rows of the page itself are read, with all that `everything` joins."""

    def __init__(
        self, ordered: QuerySet[Any], per_page: int, matches: Matches, everything: QuerySet[Any]
    ) -> None:
        super().__init__(ordered, per_page)
        self.ordered = ordered
        self.matches = matches
        self.everything = everything

    @property
    def most(self) -> int:
        return CAP

    @property
    def capped(self) -> bool:
        return self.matches.capped

    @cached_property
    def count(self) -> int:
        """The number of rows that can be paged through: all of them, or CAP."""
        return min(len(self.matches.keys), CAP)

    def page(self, number: int | str) -> Page[Any]:
        """The page of that number, or the last one; nonsense is the first."""
        digits = str(number)[:9]
        wanted = int(digits) if digits.isdecimal() else 1
        wanted = min(max(wanted, 1), self.num_pages)
        first = (wanted - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        keys = list(self.ordered.values_list("pk", flat=True)[first:last])
        rows = {row.pk: row for row in self.everything.filter(pk__in=keys)}
        return Page([rows[key] for key in keys if key in rows], wanted, self)


def page(found: QuerySet[Any], number: int | str, per_page: int, *, by_text: bool = False) -> Page[Any]:
    """A page of a list that is not a `ListPage`: of `found`, in its order."""
    matches = Matches(found, by_text=by_text)
    return CappedPaginator(matches.ordered(matches.rows(found)), per_page, matches, found).page(number)


def distinct(model: type[Model], name: str) -> list[Any]:
    """The different values of an indexed column, jumping from one to the next in its index.

    DISTINCT would read a million entries to find six countries.
    """
    quote = connection.ops.quote_name
    field = cast("Field[Any, Any]", model._meta.get_field(name))
    table, column = quote(model._meta.db_table), quote(str(field.column))
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE one(value) AS ("  # noqa: S608  (names of our own models)
            f" (SELECT {column} FROM {table} ORDER BY {column} LIMIT 1)"
            f" UNION ALL SELECT (SELECT {column} FROM {table} WHERE {column} > one.value ORDER BY {column} LIMIT 1)"
            f" FROM one WHERE one.value IS NOT NULL)"
            f" SELECT value FROM one WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]
