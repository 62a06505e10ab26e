"""Members' own codes and links. A code is drawn when it is first asked for, and stays.

A link leads to a page of ours (loyalty/views/referral_door.py), and from there into the shop with the code, signed,
behind the #: what stands there reaches no server and no referrer, and no cookie is needed to remember it.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.urls import reverse

from customers.models import Customer
from loyalty.coupons import apply_links
from loyalty.coupons import codes as symbols
from loyalty.models import ReferralCode

SALT = "loyalty.referral_link"
NAME = "stammkunde-referral"
LENGTH = 7  # 31^7 are 27 thousand million, and one more symbol checks them
LONGEST = 500  # of what a link brings along
ATTEMPTS = 3  # two people may draw the same


def of(customer_ids: Collection[int], at: datetime) -> dict[int, ReferralCode]:
    """The codes of these people; of who has none yet, a new one. Erased people get none."""
    wanted = set(customer_ids)
    for _attempt in range(ATTEMPTS):
        found = {code.pk: code for code in ReferralCode.objects.filter(pk__in=wanted)}
        missing = wanted - found.keys()
        living = Customer.objects.filter(pk__in=missing, erased_at=None).values_list("pk", flat=True)
        new = [ReferralCode(customer_id=pk, text=symbols.draw(LENGTH), at=at) for pk in living]
        if not new:
            break
        ReferralCode.objects.bulk_create(new, ignore_conflicts=True)
    return {code.pk: code for code in ReferralCode.objects.filter(pk__in=wanted)} if missing else found


def holder(text: str) -> int | None:
    """The living customer whose code this is, or whose who was merged into her."""
    row = (
        ReferralCode.objects.filter(text=symbols.normalise(text))
        .values_list("customer_id", "customer__merged_into", "customer__erased_at")
        .first()
    )
    if row is None or row[2] is not None:
        return None
    return int(row[1] or row[0])


def link(code: ReferralCode) -> str:
    """The whole address that a member passes on."""
    return str(settings.PUBLIC_URL) + reverse("referral_door", args=[code.text])


def into_the_shop(text: str, lasts: timedelta, at: datetime) -> str | None:
    """The shop's address with the code for so long; None if there is no shop."""
    shops = apply_links.shops()
    return f"{shops[0]}/#{NAME}={quote(token(text, lasts, at))}" if shops else None


class Opened(NamedTuple):
    """A code, and when the page behind its link was opened, by our own signature; None: it was typed."""

    code: str
    at: datetime | None


def token(text: str, lasts: timedelta, at: datetime) -> str:
    times = int(at.timestamp()), int((at + lasts).timestamp())
    return signing.dumps([symbols.normalise(text), *times], salt=SALT)


def opened(link: str, at: datetime) -> Opened | None:
    """What a link brought along; None for anything else."""
    if len(link) > LONGEST:
        return None
    try:
        text, since, until = signing.loads(link, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Opened(str(text), datetime.fromtimestamp(since, UTC)) if until > at.timestamp() else None
