"""Who may open which page. Every URL name of ours stands in the part of its app; a new one without a line breaks
the build.

A part has three tables, each with a line per name of a URL:
`MATRIX`: `PUBLIC`, or the set of roles that may (`groups.py`).
`ANSWERS`: what a GET by somebody who may is answered with where that is not 200: 405 for what only takes POST, 302
for what leads a signed-in reader on, 404 for an unknown token and for what is there only beside the demo shop.
`KWARGS`: the function that makes what an address needs and gives its keyword arguments.
A view inside `admin:` is for administrators.
"""

from types import ModuleType
from typing import Any

from tests.config.role_matrix import (
    campaigns,
    channels,
    config,
    contests,
    coupons,
    customers,
    points,
    social,
    till,
)
from tests.config.role_matrix.groups import PUBLIC, Allowed
from tests.config.role_matrix.makers import Maker

__all__ = ["ANSWERS", "KWARGS", "MATRIX", "PUBLIC"]

PARTS = (config, customers, channels, social, points, coupons, till, contests, campaigns)


def _of_all_parts(table: str) -> dict[str, Any]:
    """One table of all parts. A name that two of them claim would have one answer hide the other."""
    found: dict[str, ModuleType] = {}
    for part in PARTS:
        for name in getattr(part, table):
            if name in found:
                raise ValueError(f"{name} stands in {table} of {found[name].__name__} and of {part.__name__}")
            found[name] = part
    return {name: getattr(part, table)[name] for name, part in found.items()}


MATRIX: dict[str, Allowed] = _of_all_parts("MATRIX")
ANSWERS: dict[str, int] = _of_all_parts("ANSWERS")
KWARGS: dict[str, Maker] = _of_all_parts("KWARGS")
