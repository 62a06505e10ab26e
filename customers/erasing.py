"""Raw copies of what sources told, cleared of one person: refused lines of imports, calls that wait in the inbox."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from django.db import connection

from customers.models import Customer, Identity, InboxBatch, Visitor
from customers.tracking.inbox import Content
from customers.tracking.messages import Message

CELLS = """
    UPDATE customers_rejection SET cells = '[]', value = ''
    WHERE EXISTS (
        SELECT FROM jsonb_array_elements_text(cells) AS cell WHERE lower(btrim(cell)) = ANY(%(texts)s)
    ) OR lower(btrim(value)) = ANY(%(texts)s)
"""
ENTRIES = "UPDATE customers_fixedlistreject SET text = '' WHERE lower(btrim(text)) = ANY(%(texts)s)"

TAKE_OFF = """
    WITH gone AS (DELETE FROM customers_fixedlistmember WHERE customer_id = ANY(%s) RETURNING fixed_list_id),
    lists AS (SELECT fixed_list_id, count(*) AS people FROM gone GROUP BY 1),
    shortened AS (
        UPDATE customers_fixedlist f SET size = f.size - lists.people FROM lists WHERE f.id = lists.fixed_list_id
    )
    SELECT count(*) FROM gone
"""


class Marks(NamedTuple):
    """By what a raw row is known to be about somebody: her addresses, lower case, and her numbers and browsers."""

    addresses: frozenset[str]
    numbers: frozenset[str]


def marks(customer_ids: Sequence[int]) -> Marks:
    people = Customer.objects.filter(pk__in=customer_ids).values_list("email", "phone")
    numbers = Identity.objects.filter(customer__in=customer_ids).values_list("number", flat=True)
    browsers = Visitor.objects.filter(customer__in=customer_ids).values_list("anonymous_id", flat=True)
    addresses = {text.strip().lower() for pair in people for text in pair}
    return Marks(frozenset(addresses - {""}), frozenset([*numbers, *browsers]))


def clear_rejections(marks: Marks) -> int:
    """Empty the refused lines of imports and lists in which one of her addresses or numbers stands; how many."""
    texts = sorted(marks.addresses | {number.lower() for number in marks.numbers})
    with connection.cursor() as cursor:
        cursor.execute(CELLS, {"texts": texts})
        lines = int(cursor.rowcount)
        cursor.execute(ENTRIES, {"texts": texts})
        return lines + int(cursor.rowcount)


def take_off_lists(customer_ids: list[int]) -> int:
    """Take them off all fixed lists; from how many."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OFF, [customer_ids])
        return int(cursor.fetchone()[0])


def clear_inbox(marks: Marks) -> int:
    """Take her messages out of what the API took and nobody has recorded yet; how many.

    Rows that are being recorded at this moment are left alone: the sweep waits for her row, and writes nothing about
    her when it finds her erased.
    """
    gone = 0
    for row in InboxBatch.objects.select_for_update(skip_locked=True).order_by("pk").iterator(chunk_size=100):
        content = msgspec.json.decode(bytes(row.body), type=Content)
        kept = [message for message in content.messages if not _is_about(message, marks)]
        if len(kept) == len(content.messages):
            continue
        gone += len(content.messages) - len(kept)
        body = msgspec.json.encode(Content(kept, content.refused))
        InboxBatch.objects.filter(pk=row.pk).update(body=body, messages=len(kept))
    return gone


def _is_about(message: Message, marks: Marks) -> bool:
    if marks.numbers & {message.user_id, message.anonymous_id, message.previous_id}:
        return True
    return _names(message.traits, marks.addresses) or _names(message.context, marks.addresses)


def _names(value: object, addresses: Collection[str]) -> bool:
    """Whether one of these addresses stands anywhere in a JSON value."""
    if isinstance(value, str):
        return value.strip().lower() in addresses
    if isinstance(value, dict):
        return any(_names(each, addresses) for each in value.values())
    return isinstance(value, list) and any(_names(each, addresses) for each in value)
