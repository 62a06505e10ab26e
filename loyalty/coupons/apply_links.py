"""Links that bring a code into the shop: /coupon/SOMMER20/ leads there with the code, signed, behind the #.

Nothing is looked up: such a link answers the same for every text, and only the shop's check of the basket says more. It
leads to no address but those that browser keys name. What stands behind # reaches no server and no referrer.
"""

from datetime import datetime, timedelta
from urllib.parse import quote

from django.core import signing

from customers.models import ApiKey
from loyalty.coupons.codes import normalise

SALT = "loyalty.apply_link"
LASTS = timedelta(hours=1)
NAME = "stammkunde-coupon"


def shops() -> list[str]:
    """The shop's addresses (scheme and host) as browser keys that work name them, the oldest key's first."""
    keys = ApiKey.objects.filter(kind=ApiKey.Kind.BROWSER, revoked_at=None).order_by("pk")
    return list(dict.fromkeys(origin for key in keys for origin in key.origins))


def target(text: str, shop: str, at: datetime) -> str | None:
    """Where a link leads: the shop named, if it is one of ours, else the first; None if there is none."""
    known = shops()
    if not known or (shop and shop not in known):
        return None
    return f"{shop or known[0]}/#{NAME}={quote(token(text, at))}"


def token(text: str, at: datetime) -> str:
    return signing.dumps([normalise(text), int((at + LASTS).timestamp())], salt=SALT)


def code(link: str, at: datetime) -> str:
    """The code of what a link brought along; "" for anything else."""
    if len(link) > 500:
        return ""
    try:
        text, until = signing.loads(link, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(text) if until > at.timestamp() else ""
