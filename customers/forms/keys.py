import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import ApiKey
from customers.tracking.keys import SCOPES

if TYPE_CHECKING:
    Base = forms.ModelForm[ApiKey]
else:
    Base = forms.ModelForm

HOST = re.compile(r"[a-z0-9.-]+(:\d{1,5})?")
LABELS = {
    "track": _("tell behaviour (tracking API)"),
    "products": _("state articles, prices and stock"),
    "orders": _("state orders and refunds"),
    "visits": _("state visits of stores"),
    "messages": _("have service messages sent"),
    "access": _("ask who may enter private sales"),
    "referrals": _("say who recommended a new customer, and ask for members' referral codes"),
    "till": _("find customers and give goodwill at a till"),
    "points_read": _("read points and rewards"),
    "points": _("book points and claim rewards"),
    "coupons": _("check and redeem coupons"),
    "issue_codes": _("give coupon codes to customers"),
    "gift_cards": _("take gift cards in payment and pay back"),
    "leases": _("lease coupons for tills without a line"),
}


class LinesField(forms.CharField):
    """One entry per line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> Any:
        return list(
            dict.fromkeys(line.strip() for line in (super().clean(value) or "").splitlines() if line.strip())
        )


class KeyForm(Base):
    """A new key. `scopes` of a server or till key are what it may do; a browser key keeps further event names there."""

    may = forms.MultipleChoiceField(
        label=_("May"),
        choices=[(scope, LABELS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Of a server or till key."),
    )
    web_addresses = LinesField(
        label=_("Web addresses"),
        required=False,
        help_text=_(
            "Of a browser key: the pages on which it works, one per line, such as https://www.shop.example."
        ),
    )
    further_events = LinesField(
        label=_("Further events"),
        required=False,
        help_text=_("Of a browser key: names of events of your own that pages may send, one per line."),
    )

    class Meta:
        model = ApiKey
        fields = ["name", "kind", "source", "store"]
        help_texts = {
            "source": _(
                "What customer and order numbers belong to, such as “shop”; the same as in your imports."
            ),
            "store": _("Of a till key: where the till stands."),
        }

    def clean_name(self) -> str:
        """Its page is the answer to the form, and the secret is kept nowhere: sent twice, it makes no second."""
        name: str = self.cleaned_data["name"]
        if ApiKey.objects.filter(name__iexact=name, revoked_at=None, expires_at=None).exists():
            raise forms.ValidationError(
                _(
                    "A key of this name works already. Name this one otherwise; whoever has lost a key replaces it."
                )
            )
        return name

    def clean_web_addresses(self) -> list[str]:
        return [_origin(line) for line in self.cleaned_data["web_addresses"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if (
            kind == ApiKey.Kind.BROWSER
            and not data.get("web_addresses")
            and "web_addresses" not in self.errors
        ):
            self.add_error("web_addresses", _("Name at least one page on which the key works."))
        if kind in (ApiKey.Kind.SERVER, ApiKey.Kind.TILL) and not data.get("may"):
            self.add_error("may", _("Choose what the key may do."))
        if kind == ApiKey.Kind.TILL and not data.get("store"):
            self.add_error("store", _("Choose the store in which the till stands."))
        return data

    def key(self) -> ApiKey:
        """The key that was described, not saved yet."""
        data, key = self.cleaned_data, self.instance
        public = key.kind == ApiKey.Kind.BROWSER
        key.scopes = data["further_events"] if public else data["may"]
        key.origins = data["web_addresses"] if public else []
        key.store = data["store"] if key.kind == ApiKey.Kind.TILL else None
        return key


def _origin(line: str) -> str:
    """Scheme and host of a web address, as browsers name a page's origin."""
    wrong = forms.ValidationError(
        _("“%s” is no web address; write it as https://www.shop.example.") % line[:80]
    )
    try:
        parts = urlsplit(line if "://" in line else f"https://{line}")
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(parts.netloc.lower()):
        raise wrong
    return f"{parts.scheme}://{parts.netloc.lower()}"
