"""A basket to try a code with."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import access, finding
from customers.models import Product, Store, User
from loyalty.coupon_rules.channels import CHANNELS
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.forms.fields import minor
from loyalty.forms.money import MoneyField

MOST_LINES = 50


class TryForm(forms.Form):
    """`reader` says whose customers may be tried with."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=60)
    lines = forms.CharField(
        label=gettext_lazy("Articles"),
        max_length=5000,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy(
            "Each on a line: article number, and its price where it is not that of the catalogue, such as: 1001 49,90"
        ),
    )
    store = forms.ChoiceField(label=gettext_lazy("Store"), required=False)
    channel = forms.ChoiceField(
        label=gettext_lazy("Where"), required=False, choices=[("", "–"), *CHANNELS.items()]
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("E-mail, phone or number"),
    )

    def __init__(self, data: Any, reader: User, currency: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.reader, self.currency = reader, currency
        stores = Store.objects.values_list("number", "name")
        cast(forms.ChoiceField, self.fields["store"]).choices = [("", "–"), *stores]
        if not access.sees_names(reader):
            self.fields.pop("customer")

    def clean_lines(self) -> tuple[BasketLine, ...]:
        rows = [row.split() for row in str(self.cleaned_data["lines"]).splitlines() if row.strip()]
        if len(rows) > MOST_LINES:
            raise forms.ValidationError(_("Try it with 50 articles or fewer."))
        known = Product.objects.filter(sku__in=[row[0] for row in rows]).select_related("category")
        products = {product.sku: product for product in known}
        return tuple(self._line(row, products.get(row[0])) for row in rows)

    def _line(self, row: list[str], product: Product | None) -> BasketLine:
        price = self._price(row[1:]) if len(row) > 1 else getattr(product, "price", None)
        if price is None:
            raise forms.ValidationError(
                _("The catalogue has no price for “%s”: write one behind it.") % row[0][:60]
            )
        category = product.category.path if product and product.category else ""
        return BasketLine(row[0], 1, price, category)

    def _price(self, words: list[str]) -> int:
        try:
            amount = MoneyField(zero=True).clean("".join(words))
        except forms.ValidationError:
            raise forms.ValidationError(
                _("“%s” is no price. Write it like 50 or 49,90.") % " ".join(words)[:60]
            ) from None
        return minor(amount, self.currency) or 0

    def clean_customer(self) -> int | None:
        text = str(self.cleaned_data["customer"]).strip()
        if not text:
            return None
        found = finding.first(access.customers_for(self.reader), text, 2)
        if len(found) != 1:
            raise forms.ValidationError(
                _("More than one customer is meant: enter an e-mail address.")
                if found
                else _("There is no such customer. Check the spelling.")
            )
        return found[0].pk

    def basket(self, on: date) -> Basket:
        data = self.cleaned_data
        return Basket(data["lines"], self.currency, on, data["store"], data["channel"])
