from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Complaint, Fields, Short, blocks, section
from channels.messages.page import Page
from customers.personalisation import in_language
from loyalty.coupon_messages import marks
from loyalty.models import Coupon, CouponCode

HEADING = {
    "de": "Ihr Gutschein",
    "en": "Your coupon",
    "fr": "Votre bon de réduction",
    "nl": "Uw kortingsbon",
    "it": "Il suo buono sconto",
    "es": "Su cupón",
    "pl": "Twój kupon",
}
UNTIL = {
    "de": "Gültig bis {{ coupon_valid_until }}",
    "en": "Valid until {{ coupon_valid_until }}",
    "fr": "Valable jusqu’au {{ coupon_valid_until }}",
    "nl": "Geldig tot en met {{ coupon_valid_until }}",
    "it": "Valido fino al {{ coupon_valid_until }}",
    "es": "Válido hasta el {{ coupon_valid_until }}",
    "pl": "Ważny do {{ coupon_valid_until }}",
}
PICTURE = {
    "de": "QR-Code Ihres Gutscheins",
    "en": "QR code of your coupon",
    "fr": "QR code de votre bon",
    "nl": "QR-code van uw kortingsbon",
    "it": "Codice QR del suo buono",
    "es": "Código QR de su cupón",
    "pl": "Kod QR Twojego kuponu",
}
ENDS = 'coupon_valid_until != ""'
WAIT = "wait"


def coupons() -> list[tuple[str, Any]]:
    """Those that are on, and others by their name so that a stored one can still be read."""
    rows = Coupon.objects.order_by("-active", "name", "pk").values_list("pk", "name", "active")
    named = [(str(pk), name if active else _("%s (switched off)") % name) for pk, name, active in rows]
    return [("", _("Choose a coupon")), *named]


class CouponForm(BlockForm):
    coupon = forms.ChoiceField(
        label=_("Coupon"),
        choices=coupons,
        help_text=_("Of a coupon with a code for each, everybody gets one of her own."),
    )
    heading = forms.CharField(label=_("Heading"), max_length=100, required=False)
    until = forms.CharField(
        label=_("Words for its end"),
        max_length=200,
        required=False,
        help_text=_("Left out where the coupon has no end."),
    )
    qr = forms.BooleanField(
        label=_("Show as QR code"),
        required=False,
        help_text=_("In mails, for the scanner at the till. The code stays below it."),
    )
    if_none = forms.ChoiceField(
        label=_("Who finds no free code"),
        choices=[
            (WAIT, _("waits until there are more")),
            (marks.LEAVE_OUT, _("does not get the message")),
        ],
        initial=WAIT,
    )


@blocks.register
class CouponBlock(Block):
    """The reader's code, what it gives and until when. Its name in the template says which coupon the message gives
    (coupon_messages/marks.py)."""

    key = marks.KIND
    label = _("Coupon")
    icon = "ticket"
    position = 52
    everywhere = True
    Form = CouponForm
    texts = ("heading", "until")

    def new(self, language: str) -> dict[str, Any]:
        return {
            "coupon": "",
            "heading": in_language(HEADING, language),
            "until": in_language(UNTIL, language),
            "qr": False,
            "if_none": WAIT,
        }

    def summary(self, fields: Fields) -> str:
        mark = marks.of_block(fields)
        return (
            Coupon.objects.filter(pk=mark.coupon_id).values_list("name", flat=True).first() or ""
            if mark
            else ""
        )

    def mjml(self, fields: Fields, page: Page) -> str:
        heading = page.words(fields.get("heading", ""))
        code, offer = page.words(_value(fields, "code")), page.words(_value(fields, "offer"))
        head = (
            f'<mj-text {CENTRED} font-weight="600" padding="20px 32px 0">{heading}</mj-text>'
            if heading
            else ""
        )
        look = f'{CENTRED} font-size="28px" line-height="1.3" font-weight="700" letter-spacing="2px"'
        return section(
            f"{head}"
            f'<mj-text {CENTRED} font-size="18px" line-height="1.4" padding="8px 32px 0">{offer}</mj-text>'
            f"{_picture(fields, page)}"
            f'<mj-text {look} css-class="accent" color="{page.look.accent}" padding="8px 32px">{code}</mj-text>'
            f"{_until(fields, page)}"
            '<mj-spacer height="16px" />'
        )

    def text(self, fields: Fields, page: Page) -> str:
        until = fields.get("until", "")
        ends = f"{{% if {ENDS} %}}\n{until}{{% endif %}}" if until else ""
        heading = f"{fields['heading']}\n" if fields.get("heading") else ""
        return f"{heading}{_value(fields, 'offer')}: {_value(fields, 'code')}{ends}"

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(self.text(fields, page))

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        mark = marks.of_block(fields)
        coupon = Coupon.objects.filter(pk=mark.coupon_id).first() if mark else None
        if coupon is None:
            return  # the form says so
        if not coupon.active:
            yield "coupon", gettext("This coupon is switched off. Switch it on, or choose another one.")
        if coupon.kind == Coupon.Kind.GENERIC and not _is_published(coupon):
            yield "coupon", gettext("This coupon has no code yet. Give it one first.")


CENTRED = 'align="center"'


def _is_published(coupon: Coupon) -> bool:
    return coupon.codes.filter(state=CouponCode.State.ISSUED, customer__isnull=True).exists()


def _value(fields: Fields, key: str) -> str:
    """The place for it; a dash while no coupon is chosen."""
    mark = marks.of_block(fields)
    return f"{{{{ {mark.name}.{key} }}}}" if mark else "–"


def _picture(fields: Fields, page: Page) -> str:
    if not fields.get("qr") or marks.of_block(fields) is None:
        return ""
    source, name = page.words(_value(fields, "picture")), in_language(PICTURE, page.language)
    return f'<mj-image src="{source}" alt="{name}" width="180px" padding="16px 32px 0" />'


def _until(fields: Fields, page: Page) -> str:
    words = page.words(fields.get("until", ""))
    line = f'<mj-text {CENTRED} font-size="14px" padding="0 32px 8px">{words}</mj-text>'
    return cards.when(ENDS, line, page) if words else ""
