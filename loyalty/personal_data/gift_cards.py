"""Gift cards that belong to her: the money on them is passed on when two people are one."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty.models import GiftCard, GiftEntry


@personal_data.register
class OfGiftCards(PersonalData):
    key = "gift_cards"
    order = 32

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        return together(
            tables(
                "gift_cards",
                _("Gift cards"),
                GiftCard.objects.filter(customer__in=customer_ids).order_by("pk"),
                {"last4": None, "balance": None, "currency": None, "state": None}
                | {"issued_at": None, "ends_on": None},
            ),
            tables(
                "gift_card_bookings",
                _("Bookings on gift cards"),
                GiftEntry.objects.filter(card__customer__in=customer_ids).order_by("at", "pk"),
                {"at": None, "card__last4": _("gift card"), "kind": None, "amount": None, "order_key": None}
                | {"reason": None},
                "card__customer_id",
            ),
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """A card stays good for whoever holds it, as nobody's; the ledger stays without the words of staff."""
        said = GiftEntry.objects.filter(card__customer__in=customer_ids).exclude(reason="")
        reasons = said.update(reason="")
        cards = GiftCard.objects.filter(customer__in=customer_ids).update(customer=None)
        return Counter({"gift_card_reasons": reasons, "gift_cards": cards})

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        GiftCard.objects.filter(customer=loser.pk).update(customer=winner.pk)

    def counts(self, customer: Customer) -> Sequence[Count]:
        return [Count(_("Gift cards"), GiftCard.objects.filter(customer=customer).count(), _("passed on"))]
