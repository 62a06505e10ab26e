"""Pages of a list that may have millions of rows: no page counts them all."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import QuerySet

if TYPE_CHECKING:
    Base = Paginator[Any]
else:
    Base = Paginator

CAP = 10_000  # rows that can be counted and paged through; beyond that, a list wants a narrower question
SIZES = (25, 50, 100, 200)


class CappedPaginator(Base):
    """Counts to CAP at most, and not at all when the page itself shows where the list ends."""

    cap = CAP

    def __init__(self, rows: Any, per_page: int, *, queryset: QuerySet[Any]) -> None:
        super().__init__(rows, per_page)
        self.queryset = queryset
        self.known: int | None = None

    @cached_property
    def count(self) -> int:
        """The number of rows, or CAP + 1 for "more than that"."""
        if self.known is not None:
            return self.known
        return self.queryset.order_by().values("pk")[: CAP + 1].count()

    @property
    def capped(self) -> bool:
        return self.count > CAP

    @cached_property
    def estimate(self) -> int | None:
        """PostgreSQL's own estimate where the list is the whole table, which costs nothing; else None."""
        if self.queryset.query.where or self.queryset.query.distinct:
            return None
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(self.queryset.model._meta.db_table)
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
            estimate = int(cursor.fetchone()[0])
        return estimate if estimate > CAP else None

    def page(self, number: int | str) -> Page[Any]:
        """The page of that number, or the last one within CAP; nonsense is the first."""
        digits = str(number)[:9]
        wanted = int(digits) if digits.isdecimal() else 1
        wanted = min(max(wanted, 1), max(CAP // self.per_page, 1))
        page = self._slice(wanted)
        return page if page.object_list or wanted == 1 else self._slice(self.num_pages)

    def _slice(self, number: int) -> Page[Any]:
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        if len(rows) <= self.per_page and (rows or number == 1):
            self.known = first + len(rows)
        return Page(rows[: self.per_page], number, self)

    @property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, CAP) // self.per_page))
