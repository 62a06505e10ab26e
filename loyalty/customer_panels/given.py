"""What a customer was given, in her timeline: codes of coupons, and gift cards."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.parts import Tone
from customers.timeline import About, Behind, Entry, Kind, kinds, newest
from loyalty.coupons import windows
from loyalty.models import CouponCode, GiftCard

# How the key of an issue begins, by whatever issued it; codes of messages have none.
WAYS = {
    "goodwill/": gettext_lazy("as goodwill"),
    "api/": gettext_lazy("by the API"),
    "reward-": gettext_lazy("for points"),
    "tier-": gettext_lazy("for a tier"),
    "referral-": gettext_lazy("for a recommendation"),
}


@kinds.register
class Codes(Kind):
    """Codes that became hers, until when they are valid, and by what."""

    key = "codes"
    order = 56
    label = gettext_lazy("Coupons given")
    icon = "ticket"
    permission = "loyalty.view_redemption"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = CouponCode.objects.filter(customer=about.customer, issued_at__isnull=False)
        rows = rows.select_related("coupon", "delivery_code", "goodwill__reason")
        return [
            self._entry(row, row.issued_at)
            for row in newest(rows, "issued_at", behind, limit)
            if row.issued_at
        ]

    def _entry(self, row: CouponCode, at: datetime) -> Entry:
        return Entry(
            at,
            row.pk,
            self.icon,
            _sentence(row),
            " · ".join(filter(None, [row.label, way(row)])),
            badge=row.get_state_display() if row.state == CouponCode.State.VOID else "",
        )


def _sentence(code: CouponCode) -> str:
    day = windows.last_day(code)
    if day is None:
        return _("Got the coupon “%(name)s”") % {"name": code.coupon.name}
    return _("Got the coupon “%(name)s”, valid until %(day)s") % {
        "name": code.coupon.name,
        "day": formats.day(day),
    }


def way(code: CouponCode) -> str:
    """By what she got it, with the reason of goodwill."""
    if hasattr(code, "goodwill"):
        return f"{WAYS['goodwill/']}: {code.goodwill.reason}"
    if hasattr(code, "delivery_code"):
        return _("by a message")
    return next((str(words) for start, words in WAYS.items() if (code.issue or "").startswith(start)), "")


CARD_TONES: dict[str, Tone] = {"blocked": "wait", "void": "bad"}


@kinds.register
class GiftCards(Kind):
    """Gift cards that were issued to her."""

    key = "gift_cards"
    order = 58
    label = gettext_lazy("Gift cards")
    icon = "gift"
    permission = "loyalty.view_giftcard"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = GiftCard.objects.filter(customer=about.customer).select_related("store")
        return [self._entry(row) for row in newest(rows, "issued_at", behind, limit)]

    def _entry(self, row: GiftCard) -> Entry:
        said = {"card": row, "day": formats.day(row.ends_on)}
        left = _("%s left") % formats.money(row.balance, row.currency)
        usual = row.state == GiftCard.State.ACTIVE
        return Entry(
            row.issued_at,
            row.pk,
            self.icon,
            _("Got the gift card %(card)s, valid until %(day)s") % said,
            " · ".join(filter(None, [left, str(row.store or "")])),
            reverse("gift_card", args=[row.pk]),
            badge="" if usual else row.get_state_display(),
            tone=CARD_TONES.get(row.state, "calm"),
        )
