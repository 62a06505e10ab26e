"""What staff write about gift cards. `key` makes a form that is sent twice count once."""

import uuid
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext_lazy as _

from config import formats
from customers.models import Identity, Shop, Store
from loyalty.gift_cards.bookings import MOST
from loyalty.models import GiftCard


class BookingForm(forms.Form):
    """An amount in `currency`, and why."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=12, localize=True)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Stands in the card's ledger, for those who ask later."),
    )

    def __init__(self, *args: Any, currency: str, most: int = MOST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency, self.most = currency, most
        self.fields["key"].initial = uuid.uuid4
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> int:
        """In minor units."""
        digits = get_currency_precision(self.currency)
        amount = self.cleaned_data["amount"].scaleb(digits)
        if amount != amount.to_integral_value():
            raise forms.ValidationError(_("At most %(digits)s digits after the comma.") % {"digits": digits})
        if amount > self.most:
            said = _("At most %(most)s.") % {"most": formats.money(self.most, self.currency)}
            raise forms.ValidationError(said)
        return int(amount)


class IssueForm(BookingForm):
    """A new card."""

    vat = forms.ChoiceField(
        label=_("VAT"),
        choices=GiftCard.Vat.choices,
        initial=GiftCard.Vat.MULTI,
        help_text=_(
            "Single-purpose only where place and rate are known when it is sold; ask the accountant."
        ),
    )
    store = forms.ModelChoiceField(
        label=_("Sold in"), queryset=Store.objects.none(), required=False, empty_label=_("online")
    )
    accepted_in = forms.ModelMultipleChoiceField(
        label=_("Accepted in"),
        queryset=Store.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: everywhere, also online."),
    )
    customer = forms.CharField(
        label=_("Customer number"),
        max_length=120,
        required=False,
        help_text=_("Of her who gets it, if known."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, currency=Shop.current().currency, **kwargs)
        for name in ("store", "accepted_in"):
            self.fields[name].queryset = Store.objects.order_by("name")  # type: ignore[attr-defined]

    def clean_customer(self) -> int | None:
        number = self.cleaned_data["customer"].strip()
        if not number:
            return None
        found = Identity.objects.filter(number=number, customer__merged_into=None, customer__erased_at=None)
        ids = set(found.values_list("customer", flat=True)[:2])
        if len(ids) != 1:
            raise forms.ValidationError(
                _("Two customers have this number.") if ids else _("There is no customer with this number.")
            )
        return int(ids.pop())


class ReasonForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
