"""Why a reward is not given or a payment is not taken, and how to mend it, in sentences."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

OTHER_REQUEST = "other_request"
# field, what is wrong, what mends it
TABLE: dict[str, tuple[str, "StrPromise", "StrPromise"]] = {
    "paused": ("reward", _("This reward is paused."), _("Choose another one, or have it switched on again.")),
    "not_yet": (
        "reward",
        _("This reward is given from %(day)s."),
        _("Come back then, or choose another one."),
    ),
    "ended": ("reward", _("This reward was given until %(day)s."), _("Choose another one.")),
    "stock": ("reward", _("The last one is gone."), _("Choose another reward, or have its stock raised.")),
    "pool": (
        "reward",
        _("There is no code left for this reward."),
        _("Have more codes made for its coupon."),
    ),
    "coupon": (
        "reward",
        _("The coupon of this reward cannot be redeemed: it is switched off, over or used up."),
        _("Choose another reward, or have its coupon mended."),
    ),
    "limit": (
        "customer",
        _("This customer has had this reward as often as she may."),
        _("Choose another reward."),
    ),
    "points": ("points", _("%(missing)s points are missing."), _("Take fewer points, or wait for more.")),
    OTHER_REQUEST: (
        "Idempotency-Key",
        _("This key was used for something else."),
        _("Use a new key for each new wish."),
    ),
    "pays": (
        "reward",
        _("This reward pays baskets."),
        _("Hold its points for the basket instead of claiming it."),
    ),
    "no_rate": (
        "reward",
        _("Baskets cannot be paid with points."),
        _("Have a reward made that is worth money, and name it when there are several."),
    ),
    "too_few": (
        "points",
        _("These points are worth nothing at this rate."),
        _("Take at least %(least)s points."),
    ),
    "cancelled": ("claim", _("This claim was cancelled."), _("Claim the reward again.")),
    "given": ("claim", _("These goods were handed over already."), _("Nothing is left to do.")),
    "redeemed": (
        "claim",
        _("The code was redeemed or is reserved for an order."),
        _("Cancel the order first; then this claim can be cancelled."),
    ),
    "no_goods": ("claim", _("This claim is not about goods."), _("Nothing has to be handed over.")),
    "released": ("payment", _("This hold was given up."), _("Hold the points again.")),
    "spent": (
        "payment",
        _("These points were spent already."),
        _("Take them back to give them to the customer."),
    ),
    "not_spent": ("payment", _("These points were not spent."), _("Release the hold instead.")),
    "total": (
        "total",
        _("An earlier refund of this order said that it came to %(total)s."),
        _("Send the whole order's total, the same with each refund."),
    ),
    "too_much": (
        "amount",
        _("Only %(left)s of this order has not been refunded yet."),
        _("Send what this refund gives back, without the refunds before it."),
    ),
    "refunded": ("payment", _("These points were given back already."), _("Hold points anew.")),
}


class Refused(Refusal):
    sentences = {code: sentence for code, (_field, sentence, _mend) in TABLE.items()}
    mends = {code: mend for code, (_field, _sentence, mend) in TABLE.items()}
    fields = {code: field for code, (field, _sentence, _mend) in TABLE.items()}
