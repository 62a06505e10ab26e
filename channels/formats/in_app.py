"""What the shop's own pages show her, by the browser SDK (docs/in-app.md)."""

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from channels.blocks.shipping_gap import ShippingGap
from channels.in_app import targeting
from channels.messages import formats as channel_formats
from channels.messages.blocks import BlockForm
from channels.messages.formats import Compiled, Draft, Format, formats
from channels.messages.page import Page
from channels.models import Channel, InboxMessage
from customers.models import Shop

MOST_ACTIONS = 3
# In the shop the browser fills it in, whenever the cart changes.
GAP = re.compile(r"\{\{\s*shipping_gap\s*\}\}")
LIVE_GAP = "[[gap]]"
AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,2})?")


class AmountField(forms.CharField):
    """An amount in the shop's currency; cleaned to text such as "49.90", or ""."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=13, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        if text and not AMOUNT.fullmatch(text):
            raise forms.ValidationError(_t("Enter an amount in the shop’s currency, such as 50 or 49,90."))
        return f"{Decimal(text.replace(',', '.')):.2f}" if text else ""


class InAppOptions(BlockForm):
    place = forms.ChoiceField(label=_("Shown"), choices=InboxMessage.Place.choices, initial="banner")
    slot = forms.CharField(
        label=_("Name of the slot"),
        max_length=40,
        required=False,
        help_text=_("For a slot of the page only, such as cart-top: the name that the shop gave it."),
    )
    pages = forms.CharField(
        label=_("On these pages"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "A path per line, such as /cart or /shoes/*; * stands for anything. Empty: on all pages."
        ),
    )
    cart_from = AmountField(
        label=_("With a cart of at least"),
        help_text=_("In the shop’s currency. Empty: with any cart, and without one."),
    )
    cart_to = AmountField(label=_("With a cart of less than"))
    again = forms.ChoiceField(
        label=_("How often"),
        required=False,
        initial=targeting.UNTIL_DISMISSED,
        choices=[
            (targeting.UNTIL_DISMISSED, _("on every visit until she closes it")),
            (targeting.ONCE, _("once")),
        ],
    )
    session_only = forms.BooleanField(
        label=_("Only in one visit"),
        required=False,
        help_text=_("An offer for now: gone when the browser window in which it was first seen is closed."),
    )
    days = forms.IntegerField(
        label=_("Shown for so many days"),
        required=False,
        initial=targeting.USUAL_DAYS,
        min_value=1,
        max_value=targeting.LONGEST_DAYS,
        help_text=_("From the day on which it was sent; 30 where nothing is said."),
    )

    def clean_slot(self) -> str:
        name = str(self.cleaned_data["slot"])
        if name and not targeting.SLOT.fullmatch(name):
            raise forms.ValidationError(
                _t(
                    "Small letters, digits and hyphens only, such as cart-top; beginning with a letter or digit."
                )
            )
        return name

    def clean_pages(self) -> str:
        pages = self.cleaned_data["pages"].split()
        if len(pages) > targeting.MOST_PAGES:
            raise forms.ValidationError(_t("At most %(most)d paths.") % {"most": targeting.MOST_PAGES})
        for page in pages:
            if not targeting.PAGE.fullmatch(page) or len(page) > targeting.LONGEST_PAGE:
                raise forms.ValidationError(
                    _t(
                        "“%(path)s” is no path. Write it from the slash on, without ? and #, such as /shoes/*."
                    )
                    % {"path": page[:60]}
                )
        return "\n".join(pages)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("place") == "slot" and "slot" not in self.errors and not cleaned.get("slot"):
            self.add_error("slot", _t("Enter the name of the slot."))
        try:
            least, below = (
                Decimal(cleaned.get("cart_from") or 0),
                Decimal(cleaned.get("cart_to") or "Infinity"),
            )
        except InvalidOperation:
            return cleaned
        if least >= below:
            self.add_error("cart_to", _t("This must be more than the least value."))
        return cleaned


@formats.register
class InApp(Format):
    key = Channel.IN_APP.value
    label = _("In the shop")
    icon = "app-window"
    position = 50
    title = _("Title")
    longest_title = 60
    kinds = frozenset({"heading", "text", "image", "button", "products", "recommendations", "shipping_gap"})
    Options = InAppOptions

    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        words = [each for each in draft.blocks if each.get("kind") != ShippingGap.key]
        shown = channel_formats.shorts(replace(draft, blocks=words), page)
        parts = {
            "place": draft.options.get("place") or "banner",
            "picture": channel_formats.picture(shown),
            "link": channel_formats.link(shown),
            "actions": channel_formats.actions(shown, MOST_ACTIONS),
            "gap": _gap(draft),
        } | targeting.of_options(draft.options, Shop.current().currency or "EUR")
        text = channel_formats.words(shown, links=False)
        return Compiled(GAP.sub(LIVE_GAP, draft.subject), "", GAP.sub(LIVE_GAP, text), parts=parts)


def _gap(draft: Draft) -> dict[str, str] | None:
    """The words of the first bar: there is room for one."""
    for each in draft.blocks:
        if each.get("kind") == ShippingGap.key:
            return {name: GAP.sub(LIVE_GAP, str(each.get(name) or "")) for name in ("words", "reached")}
    return None
