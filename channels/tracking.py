"""What people do with a message: the one place that writes DeliveryEvents, and the tracked redirect."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from channels import links, machines, targets, utm
from channels.models import DeliveryEvent, Link
from channels.signals import delivery_events_recorded
from customers import catalogue
from customers.models import Origin

CHUNK = 10_000


@dataclass(frozen=True)
class Event:
    """One fact about a delivery. `key` is the fact's own name: reported again, it is not counted again."""

    delivery_id: int
    kind: str
    key: str
    at: datetime
    link_id: int | None = None
    human: bool = True
    detail: dict[str, Any] = field(default_factory=dict)


# Segments look again at who did something, if one of them asks for that (segment_conditions/engagement.py).
LOOK_AGAIN = """
    INSERT INTO customers_dirty (customer_id, at, origin)
    SELECT DISTINCT d.customer_id, %s::timestamptz, %s
    FROM fresh JOIN channels_delivery d ON d.id = fresh.delivery_id
    WHERE fresh.kind IN ('clicked', 'opted_out', 'complained', 'bounced')
      AND EXISTS (SELECT FROM customers_segment
                  WHERE jsonb_path_exists(rule, '$.**.condition ? (@ == "engagement" || @ == "consent_idle")'))
"""
RECORD = f"""
    WITH fresh AS (
        INSERT INTO channels_deliveryevent (delivery_id, kind, key, at, link_id, human, detail)
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bool[],
                             %s::jsonb[])
        ON CONFLICT (key) DO NOTHING RETURNING id, delivery_id, kind
    ), told AS ({LOOK_AGAIN})
    SELECT id FROM fresh
"""  # noqa: S608 - our own text


@transaction.atomic
def record(events: Sequence[Event], at: datetime, origin: Origin = Origin.LIVE) -> list[int]:
    """Write the events that are new, in one statement; sends `delivery_events_recorded` with their ids."""
    if not events:
        return []
    lines = sorted(
        ((e.key, e.delivery_id, str(e.kind), e.at, e.link_id, e.human, json.dumps(e.detail)) for e in events),
        key=lambda line: line[0],
    )
    keys, deliveries, *rest = (list(column) for column in zip(*lines, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [deliveries, rest[0], keys, *rest[1:], at, str(origin)])
        ids = [pk for (pk,) in cursor.fetchall()]
    kinds = {event.kind for event in events}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        delivery_events_recorded.send(DeliveryEvent, ids=part, at=at, origin=origin, kinds=kinds)
    return ids


# The deliveries whose people's acts may be known. Asked again at each act: since the message went out she may have
# taken her consent back.
MAY_KNOW = """
    SELECT delivery.id FROM channels_delivery delivery
    JOIN channels_message message ON message.id = delivery.message_id
    JOIN customers_customer person ON person.id = delivery.customer_id AND person.erased_at IS NULL
    WHERE delivery.tracked AND coalesce((
        SELECT word.granted FROM channels_permission word
        WHERE word.customer_id = person.id AND word.channel = delivery.channel
          AND word.purpose = 'tracking' AND (word.topic_id = message.topic_id OR word.topic_id IS NULL)
        ORDER BY word.stated_at DESC, word.granted LIMIT 1), false)
"""


def may_know(delivery_ids: Collection[int]) -> set[int]:
    """Those of these deliveries whose people's acts may be known."""
    with connection.cursor() as cursor:
        cursor.execute(f"{MAY_KNOW} AND delivery.id = ANY(%s)", [list(delivery_ids)])
        return {delivery_id for (delivery_id,) in cursor.fetchall()}


# Of a product the catalogue says where its page is, as it stands now; of a cart the shop said how it is opened again.
# Scanners do not come to messages in the shop, which are fetched and clicked in the same breath.
CLICK = f"""
    SELECT coalesce((SELECT nullif(product.link, '') FROM customers_product product
                     WHERE product.id = %(product)s AND product.kind = 'merchandise'),
                    (SELECT nullif(cart.restore_url, '') FROM customers_cart cart WHERE cart.id = %(cart)s), link.url),
       link.url,
           EXISTS ({MAY_KNOW} AND delivery.id = %(delivery)s),
           CASE WHEN went.channel <> 'in_app' THEN coalesce(went.ended_at, went.called_at) END,
           EXISTS (SELECT FROM channels_deliveryevent other
                   WHERE other.delivery_id = went.id AND other.kind = 'clicked'
                     AND other.link_id <> link.id AND other.at > %(burst)s)
    FROM channels_link link
    LEFT JOIN channels_delivery went ON went.id = %(delivery)s AND went.tracked
    WHERE link.id = %(link)s
"""  # noqa: S608 - our own text


@dataclass(frozen=True)
class Click:
    """A followed link. `person`: it may be known whose click this is."""

    link_id: int
    delivery_id: int | None
    url: str
    person: bool
    accepted_at: datetime | None
    burst: bool
    product: int | None = None


def follow(token: str, at: datetime, product: int | None = None, cart: str = "") -> Click | None:
    """What a link's token leads to; None for anything that is not a link of ours to a safe target.

    With a `product` it leads to that product's page, with the token of a `cart` to that cart, if there still is one:
    with the UTM parameters of the stored target.
    """
    try:
        link_id, delivery_id = links.read_click(token)
        cart_id = links.read_cart(cart) if cart else None
    except links.BadToken:
        return None
    values = {"link": link_id, "delivery": delivery_id, "burst": at - machines.BURST}
    values |= {"product": product, "cart": cart_id}
    with connection.cursor() as cursor:
        cursor.execute(CLICK, values)
        row = cursor.fetchone()
    if row is None or not targets.is_safe(url := catalogue.absolute(row[0])):
        return None
    _url, stored, person, accepted_at, burst = row
    url = utm.carried(url, stored)
    return Click(link_id, delivery_id, url, person, accepted_at, burst, product)


def count(click: Click, at: datetime, machine: bool) -> None:
    """Count a click: as hers where she allows it, else only on the link; hers once a minute at most."""
    if not click.person or click.delivery_id is None:
        if not machine:
            Link.objects.filter(pk=click.link_id).update(anonymous_clicks=F("anonymous_clicks") + 1)
        return
    human = not (machine or click.burst or machines.is_too_soon(click.accepted_at, at))
    if click.burst:
        burst = DeliveryEvent.objects.filter(delivery=click.delivery_id, at__gt=at - machines.BURST)
        burst.filter(kind=DeliveryEvent.Kind.CLICKED).update(human=False)
    kind = DeliveryEvent.Kind.CLICKED
    key = f"click:{click.delivery_id}:{click.link_id}:{'h' if human else 'm'}:{at:%Y%m%d%H%M}"
    detail = {"product": click.product} if click.product else {}
    record([Event(click.delivery_id, kind, key, at, click.link_id, human, detail)], at)
