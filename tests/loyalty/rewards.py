"""Rewards and wishes for the tests of rewards."""

from itertools import count
from typing import Any

from loyalty.coupons import batches
from loyalty.models import Coupon, Program, Reward, RewardClaim
from loyalty.rewards import claims, payments
from loyalty.rewards.claims import Wish
from tests.loyalty.coupons import coupon
from tests.loyalty.points import NOON

_numbers = count(1)


def reward(programme: Program, kind: str = "goods", **fields: Any) -> Reward:
    """A mug for 100 points, or 100 points as one euro."""
    money = {"amount": 100, "currency": "EUR"} if kind == "money" else {}
    return Reward.objects.create(
        program=programme, kind=kind, **{"name": "Becher", "points": 100} | money | fields
    )


def pool(codes: int = 1) -> Coupon:
    made = coupon(kind="pool", single_use=True)
    batches.make(batches.order(made, codes, NOON).pk, NOON)
    return made


def wish(of: Reward, customer_id: int, reference: str = "", **fields: Any) -> Wish:
    return Wish(of, customer_id, "shop", reference or str(next(_numbers)), **fields)


def claim(of: Reward, customer_id: int, reference: str = "", **fields: Any) -> RewardClaim:
    return claims.claim(wish(of, customer_id, reference, **fields), NOON)


def basket(rate: Reward, customer_id: int, points: int, reference: str = "") -> payments.Basket:
    return payments.Basket(
        rate, customer_id, points, "shop", reference or str(next(_numbers)), payments.until(NOON)
    )
