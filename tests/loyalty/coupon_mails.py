"""Messages that give a coupon, for the tests of codes of deliveries."""

from typing import Any

from django.db import connection

from channels.models import MessageVersion
from loyalty.coupons import batches
from loyalty.models import Coupon, CouponCode
from tests.channels import mails, runs
from tests.loyalty.coupons import coupon

NOW = runs.NOW


def pool(codes: int, **fields: Any) -> Coupon:
    made = coupon(**{"kind": "pool", "single_use": True} | fields)
    if codes:
        more(made, codes)
    return made


def more(of: Coupon, codes: int) -> None:
    batches.make(batches.order(of, codes, NOW).pk, NOW)


def block(of: Coupon | None, if_none: str = "wait", number: str = "c1") -> dict[str, Any]:
    return {
        "id": number,
        "kind": "coupon",
        "coupon": str(of.pk) if of else "",
        "heading": "Ihr Gutschein",
        "until": "Gültig bis {{ coupon_valid_until }}",
        "if_none": if_none,
    }


def version(of: Coupon, if_none: str = "wait", **fields: Any) -> MessageVersion:
    return runs.version(mails.text("Guten Tag"), block(of, if_none), **fields)


def codes(of: Coupon) -> dict[str, int]:
    """{state: number}."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, count(*) FROM loyalty_couponcode WHERE coupon_id = %s GROUP BY 1", [of.pk]
        )
        return dict(cursor.fetchall())


def states_of(delivery: Any) -> str:
    return CouponCode.objects.get(pk=delivery.context["code"]).state
