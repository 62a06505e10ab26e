from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from channels.models import Permission
from channels.signals import consents_changed
from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant

# On which channels the address that somebody has is one that must not be written to.
SUPPRESSED = """
    SELECT reach.customer_id, array_agg(DISTINCT reach.channel ORDER BY reach.channel)
    FROM channels_reach reach
    JOIN channels_suppression forbidden
      ON forbidden.channel = reach.channel AND forbidden.address_key = reach.address_key
    WHERE reach.customer_id = ANY(%s) AND reach.address_key <> '' GROUP BY reach.customer_id
"""


@hook_kinds.register
class ConsentChanged(HookKind):
    key, position, signal = "consent.changed", 40, consents_changed
    label = _("Consent changed")
    help = _(
        "Somebody agreed, withdrew, or her address came onto or off the suppression list. Told is what holds now: "
        "every answer that she has given, and the channels on which her address is suppressed."
    )
    sample = {
        "customer": CUSTOMER,
        "permissions": [
            {"channel": "email", "topic": None, "purpose": "sending", "granted": True, "stated_at": AT}
        ],
        "suppressed": [],
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        said, suppressed = _said(ids), _suppressed(ids)
        return {
            pk: Fact(pk, {"permissions": said.get(pk, []), "suppressed": suppressed.get(pk, [])})
            for pk in ids
        }


def _said(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Permission.objects.filter(customer__in=ids).order_by("pk")
    fields = ("customer_id", "channel", "topic__key", "purpose", "granted", "stated_at")
    for pk, channel, topic, purpose, granted, stated_at in rows.values_list(*fields):
        said = {"channel": channel, "topic": topic, "purpose": purpose, "granted": granted}
        found[pk].append(said | {"stated_at": instant(stated_at)})
    return found


def _suppressed(ids: Sequence[int]) -> dict[int, list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(SUPPRESSED, [list(ids)])
        return dict(cursor.fetchall())
