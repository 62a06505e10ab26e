"""What an offer is worth for a basket."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from loyalty.coupon_rules.base import CouponRule, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.models import Offer


class DamagedRule(ValueError):
    """An offer holds a rule that cannot be read."""


Rules = list[tuple[CouponRule, Mapping[str, Any]]]


def discount(offer: Offer, basket: Basket) -> int:
    """Minor units off what the rules cover. Raises Refused."""
    if basket.currency != offer.currency:
        raise Refused("currency", currency=offer.currency)
    asked = rules(offer)
    if not basket.completed:
        basket = completed(basket, [rule for rule, _params in asked])
    lines = [
        line for line in basket.lines if all(rule.covers(params, basket, line) for rule, params in asked)
    ]
    covered = sum(line.amount for line in lines)
    for rule, params in asked:
        rule.check(params, basket, covered)
    if covered <= 0:
        raise Refused("nothing_covered")
    return min([_full(offer, covered), covered, *([] if offer.most is None else [offer.most])])


def completed(basket: Basket, asked: Iterable[CouponRule] | None = None) -> Basket:
    """The basket with what the catalogue knows of it and these rules ask; None: all that there are."""
    for rule in {rule.key: rule for rule in (coupon_rules if asked is None else asked)}.values():
        basket = rule.completed(basket)
    return replace(basket, completed=True)


def _full(offer: Offer, covered: int) -> int:
    if offer.percent is None:
        return offer.amount or 0
    return int((covered * Decimal(offer.percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def rules(offer: Offer) -> Rules:
    """The offer's rules with their cleaned parameters. Raises DamagedRule: no discount without
    its rules."""
    found: Rules = []
    for each in offer.rules:
        plugin = coupon_rules.get(each.get("key", ""))
        form = plugin.Form(each.get("params", {})) if plugin else None
        if plugin is None or form is None or not form.is_valid():
            raise DamagedRule(f"offer {offer.pk} has a rule {each.get('key')!r} that cannot be read")
        found.append((plugin, form.cleaned_data))
    return found


def snapshot(offer: Offer) -> dict[str, Any]:
    """What a redemption keeps of the offer."""
    return {
        "offer": offer.pk,
        "percent": None if offer.percent is None else str(offer.percent),
        "amount": offer.amount,
        "most": offer.most,
        "rules": offer.rules,
    }
