"""The browsers of people, found for sending, counted and ended.

All live browsers of one owner have one `address`, which is what her Reach names: a Delivery goes to all of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F
from django.utils.crypto import salted_hmac

from channels.models import PushSubscription
from channels.push import keys

Reason = PushSubscription.Reason
# Refused so often in a row, with no message taken between, a subscription is given up.
MOST_FAILURES = 5


class Device(NamedTuple):
    """Where one browser's messages go, and what they are sealed with."""

    id: int
    endpoint: str
    p256dh: bytes
    auth: bytes
    key_id: int


def endpoint_key(endpoint: str) -> str:
    """What is kept of an endpoint for good. Its letters count as they are, unlike an address's."""
    secret = settings.SUPPRESSION_KEY or settings.SECRET_KEY
    return salted_hmac("channels.push.endpoint", endpoint, secret=secret, algorithm="sha256").hexdigest()


def staff_address(user_id: int) -> str:
    """What a test for a colleague's own browsers is addressed to."""
    return f"staff-{user_id}"


OF = """
    SELECT address, id, endpoint, p256dh, auth, vapid_key_id FROM channels_pushsubscription
    WHERE address = ANY(%s) AND address <> '' AND ended_at IS NULL ORDER BY id
"""


def of(addresses: Collection[str]) -> dict[str, list[Device]]:
    """The live browsers behind these addresses, in one statement."""
    found: dict[str, list[Device]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(OF, [list(addresses)])
        for address, pk, endpoint, p256dh, auth, key_id in cursor.fetchall():
            device = Device(pk, endpoint, keys.plain(p256dh), keys.plain(auth), key_id)
            found[address].append(device)
    return found


TAKEN = """
    UPDATE channels_pushsubscription SET last_success_at = %s, failures = 0
    WHERE id IN (SELECT id FROM channels_pushsubscription WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)
"""


def took(ids: Collection[int], at: datetime) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(TAKEN, [at, list(ids)])


@transaction.atomic
def refused(ids: Collection[int], at: datetime) -> set[int]:
    """Count a refusal of each; those that are given up now."""
    rows = PushSubscription.objects.filter(pk__in=ids, ended_at=None)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    rows.update(failures=F("failures") + 1)
    given_up = set(rows.filter(failures__gte=MOST_FAILURES).values_list("pk", flat=True))
    end(given_up, Reason.REFUSED, at)
    return given_up


def per_key() -> dict[int, int]:
    """How many live browsers hold each of our keys."""
    rows = PushSubscription.objects.filter(ended_at=None).values("vapid_key").annotate(count=Count("pk"))
    return {row["vapid_key"]: row["count"] for row in rows}


END = """
    UPDATE channels_pushsubscription SET ended_at = %s, reason = %s, endpoint = '', p256dh = '', auth = ''
    WHERE id IN (SELECT id FROM channels_pushsubscription WHERE id = ANY(%s) AND ended_at IS NULL
                 ORDER BY id FOR NO KEY UPDATE)
"""


def end(ids: Iterable[int], reason: PushSubscription.Reason, at: datetime) -> None:
    wanted = sorted(set(ids))
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(END, [at, str(reason), wanted])
