"""Which channel each person gets a message on, and by which account: facts for many people, then `choice`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from channels import consent, suppression
from channels.addresses import address_sql
from channels.arbiter import choice
from channels.arbiter.choice import Likes
from channels.messages import routes as message_routes
from channels.models import Channel, Message, MessageVersion


class Route(NamedTuple):
    channel: str
    account_id: int


def of(what: Message | MessageVersion) -> list[Route]:
    """The routes of a version, or those that a draft would get, in the message's order; never empty."""
    if isinstance(what, MessageVersion):
        found, account_id = what.routes, what.account_id
    else:
        found, account_id = message_routes.of(what), what.sender.account_id if what.sender else 0
    return [Route(*each) for each in found] or [Route(Channel.EMAIL.value, account_id)]


def choose(what: Message | MessageVersion, customer_ids: Sequence[int]) -> list[Route]:
    """The route of each of these customers, in their order. Nothing is asked where there is only one."""
    routes = of(what)
    if len(routes) == 1:
        return routes * len(customer_ids)
    message = what.message if isinstance(what, MessageVersion) else what
    likes, usable = load_likes(customer_ids), reachable(message, routes, customer_ids)
    by_channel = {route.channel: route for route in routes}
    order = list(by_channel)
    return [by_channel[choice.channel(order, likes[each], usable[each])] for each in customer_ids]


def groups(what: Message | MessageVersion, customer_ids: Sequence[int]) -> list[tuple[Route, list[int]]]:
    """The customers of each route, in their order."""
    found: defaultdict[Route, list[int]] = defaultdict(list)
    for route, customer_id in zip(choose(what, customer_ids), customer_ids, strict=True):
        found[route].append(customer_id)
    return list(found.items())


LIKES = """
    SELECT asked.id, coalesce(h.channel, ''),
           array(SELECT r.channel FROM channels_reach r WHERE r.customer_id = asked.id AND r.preferred)
    FROM unnest(%s::bigint[]) AS asked (id) LEFT JOIN channels_habit h ON h.customer_id = asked.id
"""


def load_likes(customer_ids: Sequence[int]) -> dict[int, Likes]:
    with connection.cursor() as cursor:
        cursor.execute(LIKES, [list(customer_ids)])
        return {
            each: Likes(frozenset(preferred), answered) for each, answered, preferred in cursor.fetchall()
        }


ADDRESS = address_sql("%(channel)s")
ADDRESSES = """
    SELECT c.id, {address}, r.address_key, r.address
    FROM customers_customer c LEFT JOIN channels_reach r ON r.customer_id = c.id AND r.channel = %(channel)s
    WHERE c.id = ANY(%(ids)s)
"""


def reachable(
    message: Message, routes: Sequence[Route], customer_ids: Sequence[int]
) -> defaultdict[int, set[str]]:
    """By customer the channels on which she has an address that may get such a message. A fixed number of statements
    for each channel; the gates have the last word."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for channel in (route.channel for route in routes):
        keys = _keys(channel, customer_ids)
        reasons = suppression.load(channel, set(keys.values()))
        said = consent.load(list(keys), channel, message.topic_id)
        marketing = message.purpose == Message.Purpose.MARKETING
        for each, key in keys.items():
            stopped = suppression.stops(reasons.get(key), message.purpose)
            if not stopped and (said[each].may_send or not marketing):
                found[each].add(channel)
    return found


def _keys(channel: str, customer_ids: Sequence[int]) -> dict[int, str]:
    """The hash of the address of each of these customers who has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            ADDRESSES.format(address=ADDRESS),
            {"channel": channel, "ids": list(customer_ids)},
        )
        return {
            each: key if keyed == address else suppression.address_key(channel, address)
            for each, address, key, keyed in cursor.fetchall()
            if address
        }
