"""From a statement of ours with named places to a fragment of a segment's."""

import re
from typing import Any

from customers.segments.sql import Sql

PLACE = re.compile(r"%\((\w+)\)s")


def placed(text: str, **values: Any) -> Sql:
    return Sql(PLACE.sub("%s", text), tuple(values[name] for name in PLACE.findall(text)))
