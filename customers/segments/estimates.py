"""How many customers a leaf will give and what reading it costs, as the database's planner sees it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db import connection

from customers.segments.sql import Sql
from customers.segments.tree import Leaf

KEEP = 600  # seconds; an estimate chooses the order of work, never who belongs


@dataclass(frozen=True)
class Estimate:
    rows: float
    cost: float


def leaf(node: Leaf, at: datetime) -> Estimate:
    """Cached per condition, parameters and day."""
    said = json.dumps([node.condition.key, node.stored, str(at.date())], sort_keys=True)
    name = "segment-estimate-" + hashlib.sha256(said.encode()).hexdigest()
    found = cache.get(name)
    if found is None:
        found = explain(node.condition.set_sql(node.params, at))
        cache.set(name, found, KEEP)
    return Estimate(*found)


def explain(statement: Sql) -> tuple[float, float]:
    """The planner's rows and total cost, without running the statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.params)
        plan = cursor.fetchone()[0]
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return float(top["Plan Rows"]), float(top["Total Cost"])
