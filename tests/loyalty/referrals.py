"""Rules, people who recommend, and people who come, for the tests of referrals."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from customers.models import Customer, Identity, Order
from loyalty.models import Coupon, Program, Referral, ReferralTerms
from loyalty.referrals import claims, codes, rules
from loyalty.referrals.claims import Claim
from tests.loyalty import orders, points
from tests.loyalty.points import NOON

_numbers = count(1)
SOON = NOON + timedelta(days=1)
LATER = NOON + timedelta(days=16)  # the return window of an order at SOON has ended


def publish(program: Program | None = None, **fields: Any) -> ReferralTerms:
    """500 points for who recommends, 200 for who comes, from 20 euros on."""
    of = program or Program.objects.filter(key="points").first() or points.program()
    given: dict[str, Any] = {"active": True, "giver_points": 500, "welcome_points": 200, "least_value": 2000}
    return rules.publish(ReferralTerms(program=of, **given | fields), None, NOON)


def for_codes(giver: Coupon | None = None, welcome: Coupon | None = None) -> dict[str, Any]:
    """Codes instead of points for a side."""
    found: dict[str, Any] = {}
    for side, coupon in (("giver", giver), ("welcome", welcome)):
        if coupon:
            found |= {f"{side}_points": None, f"{side}_coupon": coupon}
    return found


def member(**fields: Any) -> Customer:
    """Somebody of old."""
    number = next(_numbers)
    start = {"first_name": "Berta", "last_name": f"Brandt {number}", "email": f"berta{number}@example.org"}
    made = Customer.objects.create(**start | {"acquired_at": NOON - timedelta(days=400)} | fields)
    Identity.objects.create(customer=made, source="shop", number=f"M{number}")
    return made


def newcomer(**fields: Any) -> Customer:
    """Somebody who has signed up at noon, and has not ordered."""
    number = next(_numbers)
    start = {"first_name": "Nina", "last_name": f"Neu {number}", "email": f"nina{number}@example.org"}
    made = Customer.objects.create(**start | {"acquired_at": NOON} | fields)
    Identity.objects.create(customer=made, source="shop", number=f"N{number}")
    return made


def code(of: Customer) -> str:
    return codes.of([of.pk], NOON)[of.pk].text


def claim(referrer: Customer, recommended: Customer, at: datetime = NOON) -> Referral:
    return claims.claim(Claim(code(referrer), recommended.pk, "api"), at)


def buy(who: Customer, price: str = "30.00", at: datetime = SOON, number: str = "") -> Order:
    identity = Identity.objects.filter(customer=who, source="shop").earliest("pk")
    return orders.record(number or f"O{next(_numbers)}", ("mug", 1, price), customer=identity.number, at=at)


def send_back(order: Order, price: str, at: datetime = SOON) -> Order:
    return orders.record(f"R{next(_numbers)}", ("mug", 1, price), refund_of=order.number, customer="", at=at)


def now(of: Referral) -> Referral:
    return Referral.objects.get(pk=of.pk)
