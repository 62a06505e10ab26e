"""Advertising in service messages: products recommended beside a receipt need the yes that a newsletter needs."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.db import connection

from channels import opt_out, suppression
from channels.models import Purpose
from customers import personalisation

if TYPE_CHECKING:
    from channels.messages.rendering import Row


def keys() -> frozenset[str]:
    """The merge fields that advertise."""
    return frozenset(
        field.key for group in personalisation.groups() if group.advertising for field in group.fields
    )


def left_out(pairs: Iterable[tuple["Row", frozenset[str]]]) -> dict[int, dict[str, Any]]:
    """{row id: empty lists} for the rows of service messages whose readers get none. A fixed number of statements for
    each channel."""
    advertising = keys()
    reading = [(row, fields & advertising) for row, fields in pairs if fields & advertising]
    people: defaultdict[str, set[int]] = defaultdict(set)
    for row, _fields in reading:
        people[row.channel].add(row.customer_id)
    spared = {channel: unwilling(ids, channel) for channel, ids in people.items()}
    return {
        row.id: {key: [] for key in fields}
        for row, fields in reading
        if row.customer_id in spared[row.channel]
    }


def unwilling(customer_ids: Collection[int], channel: str) -> set[int]:
    """Those who have not agreed to advertising on this channel, whatever its topic, or whose address there is
    suppressed."""
    ids = list(customer_ids)
    agreed = {pk for pk, topics in opt_out.granted(ids, channel, Purpose.SENDING).items() if topics}
    test, params = suppression.suppressed_sql(channel)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM customers_customer c WHERE c.id = ANY(%s) AND {test}",  # noqa: S608 - our own text
            [ids, *params],
        )
        suppressed = {pk for (pk,) in cursor.fetchall()}
    return set(ids) - (agreed - suppressed)
