from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True)
class Invariant:
    """`statement` SELECTs (subject, id, expected, found) of what diverges; its parameters are `late`, a moment before
    which everything that ended must have been swept."""

    key: str
    label: "StrPromise"
    statement: str
