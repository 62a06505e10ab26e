from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from loyalty.models import Coupon, CouponCode, Redemption
from loyalty.signals import coupons_issued, coupons_redeemed, coupons_reversed

COUPON = {"id": 3, "name": "Welcome"}


@hook_kinds.register
class CouponIssued(HookKind):
    key, position, signal = "coupon.issued", 70, coupons_issued
    label = _("Coupon issued")
    help = _("Somebody was given a code of her own. Whoever reads the code can redeem it.")
    sample = {
        "customer": CUSTOMER,
        "coupon": COUPON,
        "code": "WZ4K-7T2M-QF9C",
        "valid_from": AT,
        "valid_until": "2026-12-02T00:00:00+00:00",
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = CouponCode.objects.filter(pk__in=ids).select_related("coupon").order_by("pk")
        return {row.pk: Fact(row.customer_id, self._told(row), row.issued_at) for row in rows}

    def _told(self, row: CouponCode) -> dict[str, Any]:
        return {
            "coupon": named(row.coupon),
            "code": row.label,
            "valid_from": instant(row.valid_from or row.coupon.valid_from),
            "valid_until": instant(row.valid_until or row.coupon.valid_until),
        }


@hook_kinds.register
class CouponRedeemed(HookKind):
    key, position, signal = "coupon.redeemed", 71, coupons_redeemed
    label = _("Coupon redeemed")
    help = _("A code was used for an order, in the shop or at a till.")
    sample = {
        "customer": CUSTOMER,
        "coupon": COUPON,
        "code": "WZ4K-7T2M-QF9C",
        "order": "10001",
        "store": "003",
        "amount": 500,
        "currency": "EUR",
        "at": AT,
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = Redemption.objects.filter(pk__in=ids).select_related("coupon", "code", "store").order_by("pk")
        return {row.pk: Fact(row.customer_id, self._told(row), row.at) for row in rows}

    def _told(self, row: Redemption) -> dict[str, Any]:
        return {
            "coupon": named(row.coupon),
            "code": row.code.label,
            "order": row.order_key,
            "store": row.store.number if row.store else None,
            "amount": row.amount,
            "currency": row.currency,
            "at": instant(row.at),
        }


@hook_kinds.register
class CouponReversed(CouponRedeemed):
    key, position, signal = "coupon.reversed", 72, coupons_reversed
    label = _("Redemption taken back")
    help = _("An order was cancelled, or a till took it back: what the code took off no longer counts.")


def named(coupon: Coupon) -> dict[str, Any]:
    return {"id": coupon.pk, "name": coupon.name}
