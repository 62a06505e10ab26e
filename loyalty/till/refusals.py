"""Why goodwill is not given or something is not undone, and how to mend it, in a sentence."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SENTENCES: dict[str, "StrPromise"] = {
    "amount": _("Enter an amount above 0."),
    "no_allowance": _("No allowance is set for this store yet. Marketing sets it under Settings, Till."),
    "money": _("%(left)s of %(most)s are left this month. Give less, or ask a colleague to give it."),
    "coupons": _("All %(most)s coupons of this month are given. Ask a colleague to give it."),
    "other": _("This form was sent before with another customer or amount. Begin anew."),
    "decided": _("This has been decided already."),
    "same_person": _("Somebody else has to confirm it: nobody is her own second person."),
    "stranger": _("Whoever confirms has to work at the till in %(store)s."),
    "gone": _("This customer does not exist any more."),
    "late": _("This can be undone for five minutes only. Marketing can make the code void."),
    "redeemed": _("This coupon is used already: undo its redemption first."),
    "returned": _("This was undone already."),
    "redemption_late": _(
        "A redemption can be undone at the till for five minutes only. Marketing takes it back on the coupon’s page."
    ),
    "redemption_ended": _("This redemption was undone already."),
}


FIELDS = {
    "amount": "amount",
    "money": "amount",
    "no_allowance": "staff",
    "coupons": "staff",
    "same_person": "staff",
    "stranger": "staff",
    "other": "Idempotency-Key",
    "gone": "customer",
}


class NotGiven(Refusal):
    sentences, fields, usual_field = SENTENCES, FIELDS, "id"
