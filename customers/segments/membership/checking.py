"""Which of a few people belong to which segments, asked for all segments together.

Segments of one shop share most of their conditions. Each distinct condition is asked once, as a probe of these people,
hundreds of them in one statement; the groups of the trees are then set algebra in memory.
"""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import DatabaseError, connection, transaction

from config import prepared
from customers.segments.conditions import LIVING, PEOPLE
from customers.segments.membership.readings import Rule
from customers.segments.sql import Sql, join, sql
from customers.segments.tree import Leaf, Node

CHUNK = 400  # probes in one statement; a row holds at most 1,664 columns
# For a few people most of the time goes into planning, probe by probe, how to look into a table with many partitions
# and indexes. Their rows are gathered first, under the names of the tables, so the probes read these instead; and the
# statement, the same until a rule is changed, is planned once, for any values.
FEW = 5
ANY_VALUES = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"
GATHERED = """
WITH customers_event AS MATERIALIZED (SELECT e.* FROM customers_event e WHERE e.customer_id = ANY({})),
customers_order AS MATERIALIZED (SELECT o.* FROM customers_order o WHERE o.customer_id = ANY({})),
customers_orderline AS MATERIALIZED (
    SELECT l.* FROM customers_orderline l WHERE l.order_id IN (SELECT o.id FROM customers_order o)),
customers_favourite AS MATERIALIZED (SELECT f.* FROM customers_favourite f WHERE f.customer_id = ANY({}))
"""

log = logging.getLogger(__name__)
People = set[int]


def belonging(rules: Sequence[Rule], people: Collection[int], at: datetime) -> dict[int, People]:
    """Of these people the members of each rule, by segment. A segment that cannot be asked is missing."""
    everybody = _living(people)
    answers = _answers(_probes(rules, at), sorted(everybody))
    return {
        rule.segment.pk: _fitting(rule.node, rule, answers, everybody)
        for rule in rules
        if rule.node is not None and all(name in answers for name, _leaf in rule.leaves())
    }


def _fitting(node: Node, rule: Rule, answers: dict[str, People], everybody: People) -> People:
    if isinstance(node, Leaf):
        return answers[rule.names[id(node)]]
    sets = [_fitting(child, rule, answers, everybody) for child in node.nodes]
    if node.kind == "all":
        return set.intersection(*sets)
    return set().union(*sets) if node.kind == "any" else everybody.difference(*sets)


def _living(people: Collection[int]) -> People:
    statement = sql("SELECT c.id FROM customers_customer c WHERE c.id = ANY({}) AND {}", list(people), LIVING)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {row[0] for row in cursor.fetchall()}


def _probes(rules: Iterable[Rule], at: datetime) -> dict[str, Sql]:
    probes: dict[str, Sql] = {}
    for rule in rules:
        for name, leaf in rule.leaves():
            if name not in probes:
                probes[name] = rule.probe(name, leaf, at)
    return probes


def _answers(probes: dict[str, Sql], people: list[int]) -> dict[str, People]:
    answers: dict[str, People] = {}
    names = list(probes)
    for start in range(0, len(names), CHUNK):
        answers |= _asked(names[start : start + CHUNK], probes, people)
    return answers


def _asked(names: Sequence[str], probes: dict[str, Sql], people: list[int]) -> dict[str, People]:
    """A condition whose statement fails must not keep the others from being asked: then by halves."""
    try:
        with transaction.atomic():
            return _ask(names, probes, people)
    except DatabaseError as error:
        if len(names) == 1:
            log.error("The condition %s cannot be asked: %s", json.loads(names[0])[0], type(error).__name__)
            return {}
    half = len(names) // 2
    return _asked(names[:half], probes, people) | _asked(names[half:], probes, people)


def _ask(names: Sequence[str], probes: dict[str, Sql], people: list[int]) -> dict[str, People]:
    columns = [sql("array_agg(c.id) FILTER (WHERE {})", probes[name]) for name in names]
    statement = sql("SELECT {} FROM {} WHERE c.id = ANY({})", join(", ", columns), PEOPLE, people)
    few = len(people) <= FEW
    if few:
        statement = sql("{} {}", sql(GATHERED, people, people, people), statement)
    with prepared.cursor() if few else connection.cursor() as cursor:
        if few:
            cursor.execute(ANY_VALUES)
        cursor.execute(statement.text, statement.params)
        return {name: set(found or ()) for name, found in zip(names, cursor.fetchone(), strict=True)}
