from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.parts import Tone
from customers.models import Customer, User
from customers.panels import Panel, panels
from customers.timeline import About, Behind, Kind, kinds, newest
from customers.timeline import Entry as Shown
from loyalty import ledger, programs, tiers
from loyalty.coupons import holding
from loyalty.models import Entry, Redemption

MOST_CODES = 10


@panels.register
class Points(Panel):
    key = "points"
    order = 35
    label = gettext_lazy("Points and coupons")
    template = "loyalty/panels/points.html"
    permission = "loyalty.view_account"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        hers = programs.of(customer.pk)
        standings = [(each, ledger.standing(each, [customer.pk], at)[customer.pk]) for each in hers]
        ranks = [rank for each in hers if (rank := tiers.standing(each, [customer.pk], at).get(customer.pk))]
        shown = list(holding.left(customer.pk, at).order_by("-pk")[:MOST_CODES])
        found = {"standings": standings, "codes": shown, "ranks": ranks}
        return found if standings or shown else None


@kinds.register
class Bookings(Kind):
    key = "points"
    order = 55
    label = gettext_lazy("Points")
    icon = "coin"
    permission = "loyalty.view_entry"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Shown]:
        rows = Entry.objects.filter(account__customer=about.customer).select_related("order", "store")
        return [self._entry(row) for row in newest(rows, "at", behind, limit)]

    def _entry(self, row: Entry) -> Shown:
        points = formats.number(abs(row.points))
        words = {
            Entry.Kind.EARN: _("%s points earned"),
            Entry.Kind.SPEND: _("%s points spent"),
            Entry.Kind.EXPIRE: _("%s points ended"),
            Entry.Kind.TRANSFER_IN: _("%s points received"),
            Entry.Kind.TRANSFER_OUT: _("%s points passed on"),
        }
        given = _("%s points given") if row.points > 0 else _("%s points taken back")
        about = row.order.number if row.order else row.reason
        return Shown(row.at, row.pk, self.icon, words.get(Entry.Kind(row.kind), given) % points, about)


TONES: dict[str, Tone] = {"redeemed": "good", "reserved": "wait"}


@kinds.register
class Redemptions(Kind):
    key = "coupons"
    order = 56
    label = gettext_lazy("Coupons")
    icon = "ticket"
    permission = "loyalty.view_redemption"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Shown]:
        rows = Redemption.objects.filter(customer=about.customer).select_related("coupon", "store")
        return [
            Shown(
                row.at,
                row.pk,
                self.icon,
                _("Coupon “%(name)s” for %(sum)s")
                % {"name": row.coupon.name, "sum": formats.money(row.amount, row.currency)},
                str(row.store or ""),
                badge=row.get_state_display(),
                tone=TONES.get(row.state, "info"),
            )
            for row in newest(rows, "at", behind, limit)
        ]
