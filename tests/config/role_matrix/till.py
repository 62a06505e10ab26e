"""The till, of `loyalty`."""

from typing import Any

from customers.models import Store, User
from loyalty.coupons import redemptions
from loyalty.till import goodwill
from tests.config.role_matrix.groups import MARKETING, PUBLIC, TILL, Allowed
from tests.config.role_matrix.makers import Maker, customer
from tests.factories import NOON
from tests.loyalty import coupons, tills

MATRIX: dict[str, Allowed] = {
    "api:till_find": PUBLIC,
    "api:till_goodwill": PUBLIC,
    "api:till_reasons": PUBLIC,
    "api:till_request": PUBLIC,
    "api:till_undo": PUBLIC,
    "api:till_topics": PUBLIC,
    "api:till_customer": PUBLIC,
    "api:till_today": PUBLIC,
    "api:till_withdraw": PUBLIC,
    "till": TILL,
    "till_store": TILL,
    "till_sign_up": TILL,
    "till_redeem": TILL,
    "till_done": TILL,
    "till_goodwill": TILL,
    "till_given": TILL,
    "till_request": TILL,
    "till_day": TILL,
    "till_undo": TILL,
    "store_coupon_list": TILL,
    "store_redemption_list": TILL,
    "till_settings": MARKETING,
    "allowance_list": MARKETING,
    "allowance_rule_create": MARKETING,
    "allowance_rule_edit": MARKETING,
    "allowance_rule_delete": MARKETING,
    "goodwill_reason_create": MARKETING,
    "goodwill_reason_edit": MARKETING,
}

ANSWERS: dict[str, int] = {
    "api:till_find": 405,
    "api:till_goodwill": 405,
    "api:till_reasons": 401,
    "api:till_request": 401,
    "api:till_undo": 405,
    "api:till_topics": 401,
    "api:till_customer": 405,
    "api:till_today": 401,
    "api:till_withdraw": 405,
}


def _till(user: User | None) -> Store:
    """A store of the reader's."""
    store, _mara = tills.somewhere()
    if user is not None:
        user.stores.add(store)
    return store


def _goodwill(user: User | None, amount: int = 500) -> Any:
    store = _till(user)
    return goodwill.give(tills.wish(store, amount), tills.staff(store), NOON)


def _redemption(user: User | None) -> int:
    text = coupons.code(coupons.coupon()).text
    basket = coupons.basket(store=_till(user).number)
    return redemptions.redeem(coupons.wish(text, basket=basket), NOON).pk


def _rule(user: User | None) -> dict[str, Any]:
    return {"rule_id": tills.allow().pk}


KWARGS: dict[str, Maker] = {
    "api:till_request": lambda user: {"request_id": 1},
    "api:till_withdraw": lambda user: {"request_id": 1},
    "till_done": lambda user: {"redemption_id": _redemption(user)},
    "till_goodwill": customer,
    "till_given": lambda user: {"issue_id": _goodwill(user).pk},
    "till_request": lambda user: {"request_id": _goodwill(user, 2000).pk},
    "till_undo": lambda user: {"kind": "goodwill", "pk": _goodwill(user).pk},
    "allowance_rule_edit": _rule,
    "allowance_rule_delete": _rule,
    "goodwill_reason_edit": lambda user: {"reason_id": tills.reason().pk},
}
