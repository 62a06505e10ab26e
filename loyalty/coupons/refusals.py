"""Why a code is refused, and how to mend it, in a sentence. Public callers never hear which."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

UNKNOWN = "unknown"
SENTENCES: dict[str, "StrPromise"] = {
    UNKNOWN: _("This code cannot be redeemed."),
    "paused": _("This coupon is switched off. Marketing can switch it on again."),
    "not_issued": _("This code has not been given to anybody yet."),
    "void": _("This code was made void."),
    "prize": _(
        "This code is kept for the winner of a contest. Draw the contest first, then have the winner replaced."
    ),
    "not_yet": _("This coupon is valid from %(day)s."),
    "ended": _("This coupon was valid until %(day)s."),
    "used": _("This code was redeemed already."),
    "limit": _("This coupon has been redeemed as often as it may be."),
    "customer_limit": _(
        "This customer, or somebody with her e-mail address, has redeemed this coupon as often as she may."
    ),
    "customer_needed": _("This coupon is counted per customer: find the customer first."),
    "other_holder": _("This code belongs to another customer."),
    "budget": _("The budget of this coupon is used up."),
    "period_budget": _(
        "The budget of this coupon is used up for now: tell marketing, or wait for the next period."
    ),
    "store_budget": _(
        "This store has used up its part of the budget: tell marketing, or wait for the next period."
    ),
    "stacking": _("This coupon cannot be used together with one that the order has already."),
    "same_order": _("This code is on this order already."),
    "taken_back": _("This redemption was taken back already, or its reservation was given up."),
    "reserved": _("This is a reservation: unless the order is paid, it ends by itself."),
    "given_up": _("The reservation of this order was given up a moment ago. Redeem the code once more."),
    "online_only": _(
        "This coupon cannot be leased: it is for certain customers, or counted per customer, code, store or period. "
        "Redeem it online."
    ),
    "lease": _("This is no lease of this store."),
    "gift_card": _("Gift cards have codes of this form (GK and 13 more): choose another code."),
    "currency": _("This coupon is in %(currency)s."),
    "below_minimum": _("%(missing)s below the minimum of %(minimum)s."),
    "nothing_covered": _("Nothing in the basket is part of this coupon."),
    "store": _("This coupon is not valid in this store."),
    "channel": _("This coupon is not valid here: only %(channels)s."),
    "tier": _("This coupon is only for customers with the tier %(tiers)s."),
    "weekday": _("This coupon is not valid on this weekday."),
    "whose": _("This coupon is for certain customers: find the customer first."),
    "segment": _("This coupon is for certain customers, and this one is not among them."),
    "first_order": _("This coupon is for the first order, and this customer has ordered before."),
}


MENDS: dict[str, "StrPromise"] = {
    UNKNOWN: _("Look for a mistyped sign, or search for it among the codes of the coupon."),
    "not_issued": _("Hand it out: by a message, on a print sheet or as a file."),
    "void": _("Give this customer another code."),
    "ended": _("Move the last day of the coupon, or give out a new code."),
    "not_yet": _("Wait, or move the first day of the coupon."),
    "limit": _("Raise the limit of the coupon."),
    "customer_limit": _(
        "Nothing to do, unless a redemption is taken back: hers, or that of whoever shares her e-mail address."
    ),
    "other_holder": _("Find the customer that the code was given to."),
    "budget": _("Raise the budget."),
    "period_budget": _("Raise what the budget allows in each period."),
    "store_budget": _("Raise what the budget allows each store."),
    "currency": _("Make a coupon in the currency of the basket."),
    "nothing_covered": _("Put an article in the basket that the coupon covers."),
    "store": _("Redeem it in a store that the coupon names."),
    "weekday": _("Come again on a day that the coupon names."),
}

FIELDS = {
    "customer_limit": "customer",
    "customer_needed": "customer",
    "other_holder": "customer",
    "whose": "customer",
    "segment": "customer",
    "tier": "customer",
    "first_order": "customer",
    "stacking": "order",
    "same_order": "order",
    "given_up": "order",
    "currency": "currency",
    "below_minimum": "lines",
    "nothing_covered": "lines",
    "store": "store",
    "store_budget": "store",
    "channel": "channel",
    "lease": "lease",
}


class Refused(Refusal):
    """Its mends are what staff can do about it."""

    sentences, mends, fields, usual_field = SENTENCES, MENDS, FIELDS, "code"

    def for_everybody(self) -> "Refused":
        """What a public caller hears: the same of every code, so that nothing can be learned by guessing."""
        return Refused(UNKNOWN)
