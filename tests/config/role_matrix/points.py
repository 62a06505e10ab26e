"""Points, tiers, rewards and referrals, of `loyalty`."""

from typing import Any

from customers.models import Customer, User
from loyalty import corrections
from loyalty.corrections import Correction
from loyalty.models import Account, AdjustmentRequest, Program, Tier
from tests.config.role_matrix.groups import (
    APPROVERS,
    MARKETING,
    PUBLIC,
    READERS,
    SIGNED_IN,
    WRITES_NOTES,
    Allowed,
)
from tests.config.role_matrix.makers import Maker, customer
from tests.factories import NOON, CustomerFactory, StoreFactory, UserFactory
from tests.loyalty import points, rewards

MATRIX: dict[str, Allowed] = {
    "api:points_balance": PUBLIC,
    "api:points_earn": PUBLIC,
    "api:points_hold": PUBLIC,
    "api:points_hold_refund": PUBLIC,
    "api:points_hold_release": PUBLIC,
    "api:points_hold_spend": PUBLIC,
    "api:points_reverse": PUBLIC,
    "api:points_spend": PUBLIC,
    "api:points_statement": PUBLIC,
    "api:reward_catalogue": PUBLIC,
    "api:reward_claim": PUBLIC,
    "api:reward_claim_cancel": PUBLIC,
    "books": READERS,
    "reward_list": SIGNED_IN,
    "reward_create": MARKETING,
    "reward_edit": MARKETING,
    "reward_switch": MARKETING,
    "reward_claim_list": SIGNED_IN,
    "reward_claim": SIGNED_IN,
    "reward_claim_hand_over": WRITES_NOTES,
    "reward_claim_cancel": MARKETING,
    "program": READERS,
    "program_create": MARKETING,
    "program_edit": MARKETING,
    "program_publish": MARKETING,
    "program_try": READERS,
    "earning_rule_create": MARKETING,
    "earning_rule_edit": MARKETING,
    "earning_rule_pause": MARKETING,
    "earning_rule_remove": MARKETING,
    "correction_list": READERS,
    "correction_create": MARKETING,
    "correction_decide": APPROVERS,
    "correction_reverse": MARKETING | APPROVERS,
    "points_statement": SIGNED_IN,
    "points_transfer": MARKETING,
    "own_points": PUBLIC,
    "referral_list": READERS,
    "referral_rules": READERS,
    "referral_rules_edit": MARKETING,
    "referral_door": PUBLIC,
    "api:referral_claim": PUBLIC,
    "api:referral_code": PUBLIC,
    "liability": READERS,
    "liability_count": READERS,
    "liability_export": READERS,
    "books_check": MARKETING,
    "tier_list": READERS,
    "tier_members": READERS,
    "tier_create": MARKETING,
    "tier_edit": MARKETING,
    "tier_preview": MARKETING,
    "tier_delete": MARKETING,
    "tier_policy": MARKETING,
}

ANSWERS: dict[str, int] = {
    "liability_count": 405,
    "api:points_balance": 401,
    "api:points_earn": 405,
    "api:points_hold": 405,
    "api:points_hold_refund": 405,
    "api:points_hold_release": 405,
    "api:points_hold_spend": 405,
    "api:points_reverse": 405,
    "api:points_spend": 405,
    "api:points_statement": 401,
    "api:reward_catalogue": 401,
    "api:reward_claim": 405,
    "api:reward_claim_cancel": 405,
    "reward_claim_hand_over": 405,
    "program_create": 302,
    "program_publish": 405,
    "earning_rule_pause": 405,
    "own_points": 404,
    "api:referral_claim": 405,
    "api:referral_code": 405,
    "books_check": 405,
}


def _correction(user: User | None) -> AdjustmentRequest:
    programme = _programme(user)
    anna = Customer.objects.get(pk=customer(user)["customer_id"])
    account = Account.objects.get_or_create(program=programme, customer=anna)[0]
    return AdjustmentRequest.objects.create(
        account=account, points=900, reason="x y z", maker=UserFactory(), asked_at=NOON
    )


def _booked_correction(user: User | None) -> dict[str, Any]:
    asked = _correction(user)
    wish = Correction(asked.account.customer_id, 5, "lost", ("test", str(asked.pk)))
    booked = corrections.adjust(asked.account.program, wish, asked.maker, NOON)
    return {"entry_id": booked.entry_id}


def _earning_rule(user: User | None) -> dict[str, Any]:
    return {"rule_id": points.rule(_programme(user), points=1, per=1).pk}


def _programme(user: User | None) -> Program:
    return Program.objects.first() or points.program()


def _no_names(user: User | None) -> dict[str, Any]:
    _programme(user)
    return {}


def _liability(user: User | None) -> dict[str, Any]:
    _programme(user)
    return {"part": "months"}


def _transfer(user: User | None) -> dict[str, Any]:
    _programme(user)
    return customer(user)


def _claim(user: User | None) -> dict[str, Any]:
    programme, store = _programme(user), StoreFactory()
    if user is not None:
        user.stores.add(store)
    anna = CustomerFactory(home_store=store)
    points.give(programme, anna.pk, 100, str(anna.pk))
    return {"claim_id": rewards.claim(rewards.reward(programme), anna.pk).pk}


def _program(user: User | None) -> dict[str, Any]:
    Program.objects.get_or_create(key="points", defaults={"name": "Points"})
    return {}


def _tier(user: User | None) -> dict[str, Any]:
    _program(user)
    program = Program.objects.get(key="points")
    tier, _made = Tier.objects.get_or_create(program=program, threshold=500, defaults={"name": "Gold"})
    return {"tier_id": tier.pk}


def _hold(user: User | None) -> dict[str, Any]:
    return {"hold_id": 1}


def _reward(user: User | None) -> dict[str, Any]:
    return {"reward_id": rewards.reward(_programme(user)).pk}


KWARGS: dict[str, Maker] = {
    "api:points_hold_refund": _hold,
    "api:points_hold_release": _hold,
    "api:points_hold_spend": _hold,
    "api:reward_claim": lambda user: {"reward_id": 1},
    "api:reward_claim_cancel": lambda user: {"claim_id": 1},
    "reward_edit": _reward,
    "reward_switch": _reward,
    "reward_claim": _claim,
    "reward_claim_hand_over": _claim,
    "reward_claim_cancel": _claim,
    "program_create": _no_names,
    "program_edit": _no_names,
    "program_try": _no_names,
    "earning_rule_create": _no_names,
    "earning_rule_edit": _earning_rule,
    "earning_rule_pause": _earning_rule,
    "earning_rule_remove": _earning_rule,
    "correction_create": _no_names,
    "correction_decide": lambda user: {"request_id": _correction(user).pk},
    "correction_reverse": _booked_correction,
    "points_statement": customer,
    "points_transfer": _transfer,
    "own_points": lambda user: {"token": "x"},
    "referral_rules_edit": _no_names,
    "referral_door": lambda user: {"text": "K7QM2XPD"},
    "liability": _no_names,
    "liability_export": _liability,
    "tier_create": _program,
    "tier_edit": _tier,
    "tier_preview": _program,
    "tier_delete": _tier,
    "tier_policy": _program,
}
