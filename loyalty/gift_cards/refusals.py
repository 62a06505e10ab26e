"""Why nothing is booked on a gift card, and how to mend it. Public callers never hear which."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

UNKNOWN = "unknown"
SENTENCES: dict[str, "StrPromise"] = {
    UNKNOWN: _("This gift card cannot be used."),
    "blocked": _("This gift card is blocked. Somebody who may book on gift cards can unblock it."),
    "void": _("This gift card was made void."),
    "ended": _("This gift card was valid until %(day)s."),
    "currency": _("This gift card is in %(currency)s."),
    "store": _("This gift card is not accepted in this store."),
    "balance": _("Only %(balance)s is left on this gift card."),
    "amount": _("The amount must be more than nothing and at most %(most)s."),
    "charge": _("There is no such payment with a gift card."),
    "refund": _("Of this payment only %(left)s can still be paid back."),
}


FIELDS = {
    "currency": "currency",
    "store": "store",
    "balance": "amount",
    "amount": "amount",
    "refund": "amount",
    "charge": "charge",
}


class Refused(Refusal):
    sentences, fields, usual_field = SENTENCES, FIELDS, "code"

    def for_everybody(self) -> "Refused":
        """What a public caller hears: the same of every card, so that nothing can be learned by guessing."""
        return Refused(UNKNOWN)
