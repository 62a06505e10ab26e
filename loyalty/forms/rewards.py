"""A reward as staff edit it, with its texts in each language of the shop."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config import formats
from config.forms import needed, refuse_an_end_before_its_start
from customers.models import Shop, Store
from customers.segments.comparing import MoneyField
from loyalty import programs
from loyalty.coupons import giving
from loyalty.models import Coupon, Program, Reward

if TYPE_CHECKING:
    Base = forms.ModelForm[Reward]
else:
    Base = forms.ModelForm
Kind = Reward.Kind


class RewardForm(Base):
    """What fits the kind is kept, the rest is emptied: a coupon has no amount, money no stock."""

    kind = forms.ChoiceField(
        label=_("What is given"), choices=Kind, widget=forms.RadioSelect, initial=Kind.GOODS
    )
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10_000_000)
    coupon = forms.ModelChoiceField(
        label=_("Coupon"),
        queryset=Coupon.objects.filter(kind=Coupon.Kind.POOL).order_by("name"),
        required=False,
        help_text=_("For a coupon code: a code of this pool is issued for the points."),
    )
    worth = MoneyField(
        label=_("Worth"),
        required=False,
        help_text=_("For money off a basket: what these points are worth, such as 1 for one euro."),
    )
    stock = forms.IntegerField(
        label=_("Stock"),
        min_value=0,
        max_value=10_000_000,
        required=False,
        help_text=_("How many may be claimed in all. Empty: as many as you like."),
    )
    per_customer_limit = forms.IntegerField(
        label=_("Per customer"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=_("Empty: without a limit."),
    )
    starts_on = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=_("Until and with"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    class Meta:
        model = Reward
        fields = [
            *(
                "program",
                "name",
                "kind",
                "points",
                "coupon",
                "stock",
                "per_customer_limit",
                "starts_on",
                "ends_on",
            )
        ]
        help_texts = {"name": _("For staff. Customers read the texts below, or this where they are empty.")}

    field_order = (
        *("program", "name", "kind", "points", "coupon", "worth", "stock", "per_customer_limit"),
        *("starts_on", "ends_on"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["program"] = forms.ModelChoiceField(
            Program.objects.order_by("-active", "pk"),
            label=_("Programme"),
            initial=programs.current(),
            disabled=self.instance.used > 0,
        )
        self.fields["kind"].disabled = self.instance.pk is not None
        needed(self, "coupon", when=f"kind={Kind.COUPON}")
        needed(self, "worth", when=f"kind={Kind.MONEY}")
        if self.instance.amount:
            self.initial["worth"] = formats.major(self.instance.amount, self.instance.currency)
        for code, name in settings.LANGUAGES:
            known = self.instance.texts.get(code, {})
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name (%s)") % name, max_length=120, required=False, initial=known.get("name", "")
            )
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Text (%s)") % name,
                max_length=1000,
                required=False,
                initial=known.get("text", ""),
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind == Kind.COUPON and not data.get("coupon"):
            self.add_error(
                "coupon", _("Choose the coupon whose codes are given. Make one with a code for each first.")
            )
        elif kind == Kind.COUPON and "coupon" in self.changed_data:
            self._refuse_a_coupon_that_is_over(data["coupon"])
        if kind == Kind.MONEY and "worth" not in self.errors and (data.get("worth") or 0) <= 0:
            self.add_error("worth", _("Say what these points are worth."))
        if data.get("stock") is not None and data["stock"] < self.instance.used:
            text = _("%s were claimed already. Enter at least so many.")
            self.add_error("stock", text % formats.number(self.instance.used))
        refuse_an_end_before_its_start(self, "starts_on", "ends_on")
        self._keep_what_fits(data, kind)
        return data

    def _refuse_a_coupon_that_is_over(self, coupon: Coupon) -> None:
        if not giving.can_be_redeemed(coupon, timezone.now()):
            text = _(
                "“%s” cannot be redeemed: it is switched off, over or used up. Choose another one, or mend it."
            )
            self.add_error("coupon", text % coupon)

    def _keep_what_fits(self, data: dict[str, Any], kind: str | None) -> None:
        if kind != Kind.COUPON:
            data["coupon"] = None
        if kind == Kind.MONEY:
            data["stock"] = data["per_customer_limit"] = None
        currency = Shop.current().currency or "EUR"
        money = kind == Kind.MONEY and data.get("worth")
        self.instance.currency = currency if money else ""
        self.instance.amount = int(data["worth"] / formats.major(1, currency)) if money else None
        texts = {
            code: {part: data.get(f"{part}_{code}", "") for part in ("name", "text")}
            for code, _n in settings.LANGUAGES
        }
        self.instance.texts = {code: said for code, said in texts.items() if any(said.values())}


class HandOverForm(forms.Form):
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())

    def __init__(self, stores: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["store"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = stores
        if stores.count() == 1:
            field.initial = stores.first()
