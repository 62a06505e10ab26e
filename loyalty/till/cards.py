"""What a till shows of a customer."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from config.pages.parts import Text
from customers.models import Customer
from loyalty.coupons import windows
from loyalty.models import CouponCode, Redemption
from loyalty.models.coupon import LIVE
from loyalty.till_facts import base as facts

MOST_CODES = 12


@dataclass(frozen=True)
class Card:
    """Her facts with their labels, and the coupons of her own that can be redeemed now."""

    customer: Customer
    facts: list[tuple[Text, str]]
    codes: list[CouponCode]

    @property
    def dated(self) -> list[tuple[CouponCode, date | None]]:
        """The coupons with the last day of each."""
        return [(code, windows.last_day(code)) for code in self.codes]


def of(customer: Customer, at: datetime) -> Card:
    own = CouponCode.objects.filter(customer=customer, state=CouponCode.State.ISSUED, coupon__active=True)
    for window in ("", "coupon__"):
        own = own.filter(
            Q(**{f"{window}valid_from": None}) | Q(**{f"{window}valid_from__lte": at}),
            Q(**{f"{window}valid_until": None}) | Q(**{f"{window}valid_until__gt": at}),
        )
    spent = Redemption.objects.filter(customer=customer, state__in=LIVE, single_use=True).values("code")
    codes = own.exclude(pk__in=spent).select_related("coupon").order_by("-pk")
    return Card(customer, facts.shown(customer, at), list(codes[:MOST_CODES]))
