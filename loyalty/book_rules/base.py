from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


Row = tuple[str, int, Any, Any]


@dataclass(frozen=True)
class Invariant:
    """`statement` SELECTs (subject, id, expected, found) of what diverges. Its parameters are `late`, a moment before
    which everything that ended must have been swept, and `night`, the number of the day, for rules that look at another
    part each night; these say in `part` at which."""

    key: str
    label: "StrPromise"
    statement: str
    part: "StrPromise | str" = ""

    def rows(self, late: datetime, night: int, most: int) -> Iterable[Row]:
        """The first of what diverges."""
        with connection.cursor() as cursor:
            cursor.execute(f"{self.statement} ORDER BY 2 LIMIT {most}", {"late": late, "night": night})
            return list(cursor.fetchall())


@dataclass(frozen=True)
class Recomputed(Invariant):
    """`statement` chooses what is looked at, as ids; `diverging` reckons it anew and answers with what diverges."""

    diverging: "Callable[[list[int]], list[Row]]" = field(kw_only=True)

    def rows(self, late: datetime, night: int, most: int) -> Iterable[Row]:
        with connection.cursor() as cursor:
            cursor.execute(self.statement, {"late": late, "night": night})
            chosen = [pk for (pk,) in cursor.fetchall()]
        return sorted(self.diverging(chosen), key=lambda row: row[1])[:most]
