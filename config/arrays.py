"""Lists as parameters of statements, ten times as quick as psycopg writes them.

Set statements carry their ids and texts as arrays; measured on sending, writing them item by item was a tenth of a
worker's time. Lists of plain whole numbers or of texts are joined at once, all others go psycopg's way.
"""

from typing import TYPE_CHECKING, Any

import psycopg
from django.db.models import Field, Lookup
from psycopg.types.array import ListDumper


class QuickListDumper(ListDumper):
    def dump(self, obj: list[Any]) -> Any:
        kinds = set(map(type, obj))
        if kinds == {int}:
            return ("{" + ",".join(map(str, obj)) + "}").encode()
        if kinds == {str}:
            joined = "\0".join(obj)
            if joined.count("\0") == len(obj) - 1:  # a text with NUL is psycopg's to refuse
                escaped = joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
                return ('{"' + escaped + '"}').encode()
        return super().dump(obj)


if TYPE_CHECKING:
    Base = Lookup[Any]
else:
    Base = Lookup


class AnyOf(Base):
    """`pk__any=[1, 2]`, as `pk__in`, with one parameter: a thousand places cost more to find than to answer."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        left, params = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s)", [*params, list(self.rhs)]


def register() -> None:
    """For every connection that is made from now on."""
    psycopg.adapters.register_dumper(list, QuickListDumper)
    Field.register_lookup(AnyOf)
