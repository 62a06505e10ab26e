from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.pages.parts import Tone
from customers import access
from customers.models import Customer, User
from customers.panels import Panel, panels
from customers.timeline import About, Behind, Entry, Kind, kinds, newest
from loyalty.models import BroughtLink, Referral, ReferralCode
from loyalty.referrals import rules
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


@kinds.register
class Recommendations(Kind):
    """A referral stands where it was named, on the pages of both, with what this one got for it."""

    key = "referrals"
    order = 57
    label = _("Referrals")
    icon = "user-heart"
    permission = "loyalty.view_referral"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        hers = Q(referrer=about.customer) | Q(recommended=about.customer)
        rows = Referral.objects.filter(hers).select_related(
            "referrer", "recommended", "terms__giver_coupon", "terms__welcome_coupon"
        )
        return [self._entry(row, about) for row in newest(rows, "claimed_at", behind, limit)]

    def _entry(self, row: Referral, about: About) -> Entry:
        gave = row.referrer_id == about.customer.pk
        other = row.recommended if gave else row.referrer
        words = gettext("Recommended %s") if gave else gettext("Recommended by %s")
        return Entry(
            row.claimed_at,
            row.pk,
            self.icon,
            words % access.name_for(about.reader, other),
            str(row.get_reason_display()) if row.reason else _got(row, gave),
            reverse("customer", args=[other.pk]),
            badge=row.get_state_display(),
            tone=TONES.get(row.state, "calm"),
        )


def _got(row: Referral, gave: bool) -> str:
    """What her side was given; "" before that."""
    if not row.rewarded_at:
        return ""
    terms = row.terms
    if gave:
        return rules.reward(terms.giver_points, terms.giver_coupon)
    return rules.reward(terms.welcome_points, terms.welcome_coupon)
