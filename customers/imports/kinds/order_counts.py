"""Which orders a job made or met, and what is counted over the whole file at its end."""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from customers import orders
from customers.models import ImportJob

OPEN = """
    SELECT o.number FROM customers_order AS o
    JOIN customers_importedorder AS i ON i.order_id = o.id AND i.created
    JOIN customers_importjob AS j ON j.id = i.job_id
    WHERE o.source = %s AND o.number = ANY(%s) AND j.digest = %s AND j.kind = 'orders'
"""
KEEP = """
    INSERT INTO customers_importedorder
        (job_id, order_id, created, known, lines, amount, first_line, last_line, first_at, last_at)
    SELECT %s, * FROM unnest(%s::bigint[], %s::boolean[], %s::boolean[], %s::integer[], %s::bigint[],
                             %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
    ON CONFLICT (job_id, order_id) DO UPDATE SET
        created = customers_importedorder.created OR excluded.created,
        lines = customers_importedorder.lines + excluded.lines,
        amount = customers_importedorder.amount + excluded.amount,
        first_line = least(customers_importedorder.first_line, excluded.first_line),
        last_line = greatest(customers_importedorder.last_line, excluded.last_line),
        first_at = least(customers_importedorder.first_at, excluded.first_at),
        last_at = greatest(customers_importedorder.last_at, excluded.last_at)
"""
WHOLE = """
    WITH made AS MATERIALIZED (
        SELECT i.*, o.kind, o.customer_id, o.total, o.refund_of_id, o.placed_at
        FROM customers_importedorder AS i JOIN customers_order AS o ON o.id = i.order_id
        WHERE i.job_id = %(job)s AND i.created
    ), first AS (
        SELECT DISTINCT ON (customer_id) customer_id, kind FROM made
        WHERE customer_id IS NOT NULL ORDER BY customer_id, placed_at, kind
    ), repeats AS (
        SELECT count(*) - 1 AS more FROM made JOIN customers_orderline AS l ON l.order_id = made.order_id
        GROUP BY l.order_id, l.product_id, l.quantity, l.unit_price HAVING count(*) > 1
    )
    SELECT count(*) FILTER (WHERE kind = 'order' AND customer_id IS NOT NULL) AS orders_made,
           count(*) FILTER (WHERE kind = 'refund' AND customer_id IS NOT NULL) AS refunds_made,
           count(*) FILTER (WHERE kind = 'order' AND customer_id IS NULL) AS orders_anonymous,
           count(*) FILTER (WHERE kind = 'refund' AND customer_id IS NULL) AS refunds_anonymous,
           count(*) FILTER (WHERE kind = 'refund' AND refund_of_id IS NULL) AS refunds_without_original,
           count(*) FILTER (WHERE first_at < last_at) AS orders_two_times,
           count(*) FILTER (WHERE last_line - first_line >= lines) AS orders_scattered,
           count(*) FILTER (WHERE kind = 'order' AND customer_id IS NOT NULL AND total = 0) AS orders_free,
           count(*) FILTER (WHERE kind = 'order' AND total > 0 AND EXISTS (
               SELECT 1 FROM customers_order AS r WHERE r.customer_id = made.customer_id AND r.kind = 'refund'
               AND r.total = -made.total
               AND r.placed_at BETWEEN made.placed_at AND made.placed_at + interval '1 hour'
           )) AS orders_reversed,
           count(*) FILTER (WHERE kind = 'order' AND customer_id IS NOT NULL
               AND (placed_at AT TIME ZONE %(zone)s)::time = '00:00') AS orders_untimed,
           (SELECT count(*) FROM first WHERE kind = 'refund') AS customers_refund_first,
           count(DISTINCT customer_id) - count(DISTINCT customer_id) FILTER (WHERE kind = 'order')
               AS customers_refund_only,
           (SELECT coalesce(sum(more), 0) FROM repeats)::bigint AS lines_repeated
    FROM made
"""
DIFFERENT = """
    SELECT count(*) FROM (
        SELECT i.lines, i.amount, o.total, count(l.id) AS kept
        FROM customers_importedorder AS i
        JOIN customers_order AS o ON o.id = i.order_id
        LEFT JOIN customers_orderline AS l ON l.order_id = o.id
        WHERE i.job_id = %(job)s AND i.known
        GROUP BY i.id, o.id
    ) AS met WHERE lines <> kept OR amount <> total
"""


def open_numbers(job: ImportJob, lines: Sequence[orders.Line]) -> set[str]:
    """The numbers whose orders this very file has made, so that its further lines belong to them."""
    numbers = list({line.number for line in lines})
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [job.source, numbers, job.digest])
        return {row[0] for row in cursor.fetchall()}


def keep(job: ImportJob, touched: Sequence[orders.Touched]) -> None:
    """Note the orders a chunk made or met."""
    if not touched:
        return
    rows = [
        (
            t.order_id,
            t.created,
            t.known,
            t.lines,
            t.amount,
            t.first_position,
            t.last_position,
            t.first_at,
            t.last_at,
        )
        for t in touched
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [job.pk, *map(list, zip(*rows, strict=True))])


def whole(cursor: CursorWrapper, job: ImportJob) -> dict[str, int]:
    """The counts that only the whole file can give."""
    cursor.execute(WHOLE, {"job": job.pk, "zone": job.options["zone"]})
    names = [column[0] for column in cursor.description]
    counts = dict(zip(names, cursor.fetchone() or (), strict=True))
    cursor.execute(DIFFERENT, {"job": job.pk})
    return counts | {"orders_different": cursor.fetchall()[0][0]}
