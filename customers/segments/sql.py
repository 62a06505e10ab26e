"""Fragments of SQL that carry their parameters, so that pieces can be put in any order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sql:
    """A piece of a statement, and the values of its `%s` places from left to right."""

    text: str
    params: tuple[Any, ...] = ()


def sql(template: str, *values: Any) -> Sql:
    """Fill the `{}` places of a literal: a fragment is put in, anything else becomes a parameter.

    `template` is always a literal of our own code; this is the only way text gets into a statement.
    """
    pieces = template.replace("%", "%%").split("{}")
    if len(pieces) != len(values) + 1:
        raise ValueError(f"{len(values)} values for {len(pieces) - 1} places: {template}")
    text = pieces[0]
    params: list[Any] = []
    for value, rest in zip(values, pieces[1:], strict=True):
        fragment = value if isinstance(value, Sql) else Sql("%s", (value,))
        text += fragment.text + rest
        params.extend(fragment.params)
    return Sql(text, tuple(params))


def join(separator: str, fragments: Iterable[Sql]) -> Sql:
    parts = list(fragments)
    text = separator.join(part.text for part in parts)
    return Sql(text, tuple(value for part in parts for value in part.params))


def every(tests: Iterable[Sql]) -> Sql:
    """All tests in brackets, joined by AND; true when there is none."""
    return join(" AND ", [sql("({})", test) for test in tests]) if (tests := list(tests)) else Sql("true")


def some(tests: Iterable[Sql]) -> Sql:
    return join(" OR ", [sql("({})", test) for test in tests])
