"""Links that a browser brought along as its visitor became known. They come with the messages of shops' pages, which
only leave a row; a sweep claims them one by one, since claims take turns."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from loyalty.models import BroughtLink, Referral
from loyalty.referrals import claims, codes
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import GONE, Refused

KEY = "referral"  # in the context of an `identify`
MOST = 500
# A link that is opened anew is looked at anew: what spoke against it then may be over.
NOTE = """
    INSERT INTO loyalty_broughtlink AS b (customer_id, code, opened_at, refusal)
    SELECT DISTINCT ON (1, 2) customer, code, opened, '' FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[])
        AS told (customer, code, opened)
    ORDER BY 1, 2, 3 DESC
    ON CONFLICT (customer_id, code) DO UPDATE SET opened_at = excluded.opened_at, refusal = ''
        WHERE excluded.opened_at > b.opened_at
"""


def note(said: Sequence[tuple[int, Mapping[str, Any]]], at: datetime) -> None:
    """Keep the links that these people have brought along. What is no link of ours, or too old, is left out."""
    links = [(customer, link) for customer, context in said if isinstance(link := context.get(KEY), str)]
    told = [(customer, found.code, found.at) for customer, link in links if (found := codes.opened(link, at))]
    if told:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [list(column) for column in zip(*told, strict=True)])


def sweep(at: datetime) -> int:
    """Claim what waits; how many links that were."""
    waiting = list(BroughtLink.objects.filter(refusal="").order_by("pk")[:MOST])
    for each in waiting:
        _claim(each, at)
    return len(waiting)


def _claim(link: BroughtLink, at: datetime) -> None:
    """No row is held meanwhile: a merge holds the customer first, and then this row. A repeated claim is the same."""
    same = BroughtLink.objects.filter(pk=link.pk, opened_at=link.opened_at)
    try:
        claims.claim(Claim(link.code, link.customer_id, Referral.Source.LINK, link.opened_at), at)
    except Refused as why:
        if why.code != GONE:  # merged at this moment: the next sweep finds her under her other name
            same.update(refusal=why.code)
    else:
        same.delete()
