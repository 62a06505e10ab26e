"""What a till shows of a customer."""

from dataclasses import dataclass
from datetime import date, datetime

from config.pages.parts import Text
from customers.models import Customer
from loyalty.coupons import holding, windows
from loyalty.models import CouponCode
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
    codes = holding.usable(customer.pk, at).order_by("-pk")
    return Card(customer, facts.shown(customer, at), list(codes[:MOST_CODES]))
