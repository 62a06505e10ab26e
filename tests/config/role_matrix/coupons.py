"""Coupons, their codes and budgets, and gift cards, of `loyalty`."""

from typing import Any

from customers.models import User
from loyalty.coupons import redemptions
from loyalty.gift_cards import bookings
from loyalty.models import Budget, CodeBatch
from tests.config.role_matrix.groups import MARKETING, PUBLIC, READERS, Allowed
from tests.config.role_matrix.makers import Maker
from tests.factories import NOON
from tests.loyalty import coupons, gift_cards

MATRIX: dict[str, Allowed] = {
    "api:charge_gift_card": PUBLIC,
    "api:check_code": PUBLIC,
    "api:codes_preflight": PUBLIC,
    "api:customer_codes": PUBLIC,
    "api:gift_card_balance": PUBLIC,
    "api:issue_code": PUBLIC,
    "api:lease_code": PUBLIC,
    "api:redeem_code": PUBLIC,
    "api:refund_gift_card": PUBLIC,
    "api:release_code": PUBLIC,
    "api:reserve_code": PUBLIC,
    "api:reverse_code": PUBLIC,
    "api:settle_lease": PUBLIC,
    "api:try_code": PUBLIC,
    "apply_link": PUBLIC,
    "code_picture": PUBLIC,
    "gift_card_list": READERS,
    "gift_card": READERS,
    "gift_card_issue": MARKETING,
    "gift_card_top_up": MARKETING,
    "gift_card_refund": MARKETING,
    "gift_card_void": MARKETING,
    "gift_card_block": MARKETING,
    "gift_card_unblock": MARKETING,
    "till_conflict_list": READERS,
    "coupon_list": READERS,
    "coupon_create": MARKETING,
    "coupon_words": MARKETING,
    "coupon": READERS,
    "coupon_edit": MARKETING,
    "coupon_try": MARKETING,
    "coupon_pause": MARKETING,
    "coupon_resume": MARKETING,
    "code_list": MARKETING,
    "batch_order": MARKETING,
    "coupon_sheet": MARKETING,
    "batch_progress": MARKETING,
    "batch_export": MARKETING,
    "code": MARKETING,
    "code_qr": MARKETING,
    "code_void": MARKETING,
    "redemption_list": READERS,
    "redemption_take_back": MARKETING,
    "budget_list": READERS,
    "budget_create": MARKETING,
    "budget": READERS,
    "budget_edit": MARKETING,
}

ANSWERS: dict[str, int] = {
    "api:charge_gift_card": 405,
    "api:check_code": 405,
    "api:codes_preflight": 405,
    "api:customer_codes": 401,
    "api:gift_card_balance": 405,
    "api:issue_code": 405,
    "api:lease_code": 405,
    "api:redeem_code": 405,
    "api:refund_gift_card": 405,
    "api:release_code": 405,
    "api:reserve_code": 405,
    "api:reverse_code": 405,
    "api:settle_lease": 405,
    "api:try_code": 405,
    "apply_link": 404,
    "code_picture": 404,
    "coupon_words": 405,
    "coupon_resume": 405,
}


def _card(user: User | None) -> dict[str, Any]:
    return {"card_id": gift_cards.card().pk}


def _gift_charge(user: User | None) -> dict[str, Any]:
    paid = bookings.charge(gift_cards.card().pk, gift_cards.order(100), NOON)
    return {"entry_id": paid.pk}


def _coupon(user: User | None) -> dict[str, Any]:
    return {"coupon_id": coupons.coupon(kind="pool").pk}


def _batch(user: User | None) -> dict[str, Any]:
    return {"batch_id": CodeBatch.objects.create(coupon=coupons.coupon(kind="pool"), asked=5).pk}


def _code(user: User | None) -> dict[str, Any]:
    return {"code_id": coupons.code(coupons.coupon()).pk}


def _redemption(user: User | None) -> dict[str, Any]:
    text = coupons.code(coupons.coupon()).text
    return {"redemption_id": redemptions.redeem(coupons.wish(text), NOON).pk}


def _budget(user: User | None) -> dict[str, Any]:
    return {"budget_id": Budget.objects.create(name="B", currency="EUR", cap=1000).pk}


KWARGS: dict[str, Maker] = {
    "api:issue_code": lambda user: {"coupon_id": 1},
    "apply_link": lambda user: {"text": "SOMMER20"},
    "code_picture": lambda user: {"token": "1.x"},
    "gift_card": _card,
    "gift_card_top_up": _card,
    "gift_card_refund": _gift_charge,
    "gift_card_void": _card,
    "gift_card_block": _card,
    "gift_card_unblock": _card,
    "coupon": _coupon,
    "coupon_edit": _coupon,
    "coupon_try": _coupon,
    "coupon_pause": _coupon,
    "coupon_resume": _coupon,
    "code_list": _coupon,
    "batch_order": _coupon,
    "coupon_sheet": _coupon,
    "batch_progress": _batch,
    "batch_export": _batch,
    "code": _code,
    "code_qr": _code,
    "code_void": _code,
    "redemption_list": _coupon,
    "redemption_take_back": _redemption,
    "budget": _budget,
    "budget_edit": _budget,
}
