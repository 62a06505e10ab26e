"""Why a recommendation does not count, and how to mend it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

UNKNOWN = "unknown"
GONE = "gone"
SENTENCES: dict[str, "StrPromise"] = {
    UNKNOWN: _("There is no such referral code. Look for a mistyped sign."),
    "off": _("Nobody can be recommended at the moment: the referral programme is switched off."),
    "self": _("Nobody can recommend herself."),
    "same": _("Both have the same e-mail address, phone number or postal address and count as one person."),
    GONE: _("This customer was erased or merged meanwhile."),
    "other": _("She was recommended by somebody else already."),
    "known": _("She was a customer before, with this e-mail address, phone number or postal address."),
    "ordered": _("She has ordered before. A recommendation has to be named before the first order."),
    "late": _(
        "She has been a customer for too long. A recommendation has to be named soon after the sign-up."
    ),
    "circle": _("She has recommended this customer herself, directly or by others."),
    "limit": _("This customer has had all rewards that the rules allow her this year."),
    "budget": _("All rewards of the referral programme have been given."),
}


class Refused(Refusal):
    sentences, usual_field = SENTENCES, "code"
