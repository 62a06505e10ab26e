"""Coupons: codes of her own, what she redeemed, and how often she may."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty.models import CouponCode, Redemption

# Each slot of the loser becomes the lowest that the winner has free: together they have redeemed as often as before.
MERGE = (
    "UPDATE loyalty_couponcode SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
    """
    WITH hers AS (
        SELECT id, coupon_id, row_number() OVER (PARTITION BY coupon_id ORDER BY slot) AS place
        FROM loyalty_couponuse WHERE customer_id = %(loser)s
    ), free AS (
        SELECT c.coupon_id, slot.slot, row_number() OVER (PARTITION BY c.coupon_id ORDER BY slot.slot) AS place
        FROM (SELECT coupon_id, count(*) AS mine FROM hers GROUP BY coupon_id) AS c
        CROSS JOIN LATERAL generate_series(1, c.mine + (
            SELECT count(*) FROM loyalty_couponuse u WHERE u.customer_id = %(winner)s AND u.coupon_id = c.coupon_id
        )) AS slot
        WHERE NOT EXISTS (SELECT FROM loyalty_couponuse u WHERE u.customer_id = %(winner)s
                          AND u.coupon_id = c.coupon_id AND u.slot = slot.slot)
    )
    UPDATE loyalty_couponuse u SET customer_id = %(winner)s, slot = free.slot
    FROM hers JOIN free ON free.coupon_id = hers.coupon_id AND free.place = hers.place WHERE u.id = hers.id
    """,
    "UPDATE loyalty_redemption SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
)


@personal_data.register
class OfCoupons(PersonalData):
    """A code and an order's discount describe nobody once she is forgotten; what staff wrote of it goes."""

    key = "coupons"
    order = 31

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        return together(
            tables(
                "coupon_codes",
                _("Coupon codes"),
                CouponCode.objects.filter(customer__in=customer_ids).order_by("pk"),
                {"text": None, "coupon__name": _("coupon"), "issued_at": None, "state": None},
            ),
            tables(
                "redemptions",
                _("Redeemed coupons"),
                Redemption.objects.filter(customer__in=customer_ids).order_by("at", "pk"),
                {"at": None, "coupon__name": _("coupon"), "order_key": None, "amount": None, "currency": None}
                | {"state": None, "reason": None},
            ),
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        said = Redemption.objects.filter(customer__in=customer_ids).exclude(reason="")
        return Counter({"redemption_reasons": said.update(reason="")})

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(MERGE), {"loser": loser.pk, "winner": winner.pk})

    def counts(self, customer: Customer) -> Sequence[Count]:
        return [
            Count(_("Coupon codes"), CouponCode.objects.filter(customer=customer).count(), _("passed on"))
        ]
