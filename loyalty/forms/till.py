"""What the till asks."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models import Topic
from channels.topic_field import TopicField
from config import formats
from customers import phones
from loyalty.coupons.codes import LONGEST
from loyalty.forms.money import MoneyField
from loyalty.models import GoodwillReason
from loyalty.referrals import codes, rules
from loyalty.referrals.refusals import SENTENCES, UNKNOWN
from loyalty.till.sign_ups import SignUp


class RedeemForm(forms.Form):
    """`covered` stands only where the coupon is for some articles; `narrowed` are their names."""

    code = forms.CharField(
        label=_("Coupon code"),
        max_length=4 * LONGEST,
        widget=forms.TextInput(
            {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    customer = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    reference = forms.UUIDField(widget=forms.HiddenInput)
    receipt = forms.CharField(
        label=_("Receipt number"),
        max_length=60,
        required=False,
        help_text=_("With it, coupons that may not go together are noticed."),
    )

    def __init__(self, data: Any, *, currency: str, narrowed: list[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        label = _("Sum of the basket (%(currency)s)") % {"currency": currency}
        fields: dict[str, forms.Field] = {
            "code": self.fields.pop("code"),
            "amount": MoneyField(label=label, currency=currency),
        }
        if narrowed:
            names = ", ".join(narrowed)
            fields["covered"] = MoneyField(
                label=_("Of this for: %(names)s") % {"names": names},
                currency=currency,
                zero=True,
                help_text=_("The coupon is for these only. Enter 0 if there is nothing of it in the basket."),
            )
        self.fields = fields | self.fields


class SignUpForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=120, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"inputmode": "tel"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    topic = TopicField(
        label=_("Would she like mails from us? Please ask."),
        queryset=Topic.objects.none(),
        required=False,
        blank=True,
        empty_label=_("No mails"),
        widget=forms.RadioSelect,
        help_text=_("She gets a mail with a link. Only when she opens it and agrees, she has agreed."),
    )

    referral = forms.CharField(
        label=_("Recommended by (code)"),
        max_length=4 * LONGEST,
        required=False,
        widget=forms.TextInput(
            {"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("Somebody recommended us? Her friend's code is on the friend's page of points."),
    )

    def __init__(self, data: Any, *, country: str, **kwargs: Any) -> None:
        self.country = country
        super().__init__(data, **kwargs)
        if rules.running(timezone.now()) is None:
            del self.fields["referral"]
        topic = self.fields["topic"]
        if isinstance(topic, TopicField):
            topic.language, topic.queryset = formats.language(), Topic.objects.all()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()

    def clean_referral(self) -> str:
        code = str(self.cleaned_data["referral"]).strip()
        if code and codes.holder(code) is None:
            raise forms.ValidationError(SENTENCES[UNKNOWN])
        return code

    def clean_phone(self) -> str:
        """As E.164; a number without country code is one of the store's country."""
        text = self.cleaned_data["phone"].strip()
        if not text:
            return ""
        number = phones.e164(text, self.country)
        if not number:
            raise forms.ValidationError(_("This is no phone number. Enter it as it is dialled."))
        return number

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("email") and not data.get("phone"):
            self.add_error(
                "email", _("Enter an e-mail address or a phone number, so that she is found again.")
            )
        if data.get("topic") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("For mails we need her e-mail address."))
        return data

    def said(self, wording: str = "") -> SignUp:
        data = self.cleaned_data
        plain = {name: data[name].replace("\0", "").strip() for name in ("first_name", "last_name")}
        return SignUp(
            **plain,
            email=data["email"],
            phone=data["phone"],
            language=data["language"],
            topic=data["topic"],
            referral=data.get("referral", ""),
            wording=wording,
        )


class GoodwillForm(forms.Form):
    reason = forms.ModelChoiceField(
        GoodwillReason.objects.filter(active=True),
        label=_("Reason"),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What happened"),
        max_length=500,
        required=False,
        help_text=_("In a few words. Colleagues see it."),
    )
    reference = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, currency: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        label = _("Amount (%(currency)s)") % {"currency": currency}
        self.fields = {"amount": MoneyField(label=label, currency=currency)} | self.fields


class ColleagueForm(forms.Form):
    """The second person, at the same device."""

    email = forms.EmailField(
        label=_("E-mail of the colleague"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password of the colleague"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )
