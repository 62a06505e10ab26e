from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from config.pages.parts import Tone
from customers import access
from customers.models import Customer, User
from customers.panels import Panel, panels
from loyalty.models import BroughtLink, Referral, ReferralCode
from loyalty.referrals.refusals import SENTENCES

MOST = 5
TONES: dict[str, Tone] = {"claimed": "info", "qualified": "wait", "rewarded": "good", "returned": "wait"}


@panels.register
class Referrals(Panel):
    """By whom she came, whom she has brought, and her code if it was drawn."""

    key = "referrals"
    order = 37
    label = _("Referrals")
    template = "loyalty/panels/referrals.html"
    permission = "loyalty.view_referral"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        came = Referral.objects.filter(recommended=customer).select_related("referrer").first()
        made = Referral.objects.filter(referrer=customer).select_related("recommended")
        code = ReferralCode.objects.filter(customer=customer).first()
        brought = list(made.order_by("-claimed_at", "-pk")[:MOST])
        refused = (
            BroughtLink.objects.filter(customer=customer).exclude(refusal="").order_by("-opened_at").first()
        )
        if not (came or brought or code or refused):
            return None
        return {
            "code": code,
            "came": came and self._line(came, came.referrer, reader),
            "brought": [self._line(each, each.recommended, reader) for each in brought],
            "count": made.count(),
            "refused": refused and (refused, SENTENCES[refused.refusal]),
        }

    def _line(self, each: Referral, other: Customer, reader: User) -> dict[str, Any]:
        return {
            "referral": each,
            "other": other,
            "name": access.name_for(reader, other),
            "tone": TONES.get(each.state, "calm"),
        }
