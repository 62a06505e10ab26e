"""Forms of a tier and of the rules by which tiers are kept."""

from typing import TYPE_CHECKING, Any

from babel import Locale
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config import formats
from customers.models import Shop
from loyalty.models import Coupon, Program, Tier, TierPolicy

if TYPE_CHECKING:
    TierBase = forms.ModelForm[Tier]
    PolicyBase = forms.ModelForm[TierPolicy]
else:
    TierBase = PolicyBase = forms.ModelForm


class TierForm(TierBase):
    """A tier, with its benefits in each language of the shop."""

    class Meta:
        model = Tier
        fields = ["name", "threshold", "colour", "earning_factor", "coupon"]
        help_texts = {
            "threshold": _("So many points within the qualifying period lead into it."),
            "earning_factor": _(
                "Works once the programme has the rule “More points by tier”. 1 changes nothing."
            ),
            "coupon": _("Whoever reaches the tier gets a code of it, at most once a year."),
        }

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program = program
        self.languages = list(dict.fromkeys([*Shop.current().languages, *self.instance.benefits]))
        names = Locale.parse(formats.language()).languages
        for code in self.languages:
            self.fields[f"benefits_{code}"] = forms.CharField(
                label=_("Benefits (%(language)s)") % {"language": names.get(code, code)},
                max_length=500,
                required=False,
                initial=self.instance.benefits.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        self._bound("threshold", forms.IntegerField, min_value=1, max_value=1_000_000_000)
        self._bound("earning_factor", forms.DecimalField, min_value=1, max_value=100, decimal_places=2)
        pools = Coupon.objects.filter(kind=Coupon.Kind.POOL)
        field = self.fields["coupon"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = pools.filter(Q(active=True) | Q(pk=self.instance.coupon_id)).order_by("name")
            field.empty_label = _("none")

    def _bound(self, name: str, kind: type[forms.Field], **limits: Any) -> None:
        """The same field with limits that a browser knows too."""
        old = self.fields[name]
        self.fields[name] = kind(label=old.label, help_text=old.help_text, initial=old.initial, **limits)

    def benefit_fields(self) -> list[forms.BoundField]:
        return [self[f"benefits_{code}"] for code in self.languages]

    def clean_threshold(self) -> int:
        threshold: int = self.cleaned_data["threshold"]
        same = Tier.objects.filter(program=self.program, active=True, threshold=threshold)
        other = same.exclude(pk=self.instance.pk).first()
        if other is not None:
            raise forms.ValidationError(
                _("“%(name)s” begins with so many points already. Enter another number."),
                params={"name": other.name},
            )
        return threshold

    def save(self, commit: bool = True) -> Tier:
        written = {code: self.cleaned_data[f"benefits_{code}"].strip() for code in self.languages}
        self.instance.benefits = {code: text for code, text in written.items() if text}
        self.instance.program = self.program
        return super().save(commit)


class PolicyForm(PolicyBase):
    class Meta:
        model = TierPolicy
        fields = ["period", "months", "fall", "announce_days"]
        help_texts = {
            "period": _(
                "Points of a calendar year hold a tier until the end of the next year; rolling ones as many months as "
                "they count."
            ),
            "months": _("How long rolling points count. A calendar year has 12."),
            "announce_days": _("Campaigns can write to those who are about to fall."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, low, high in (("months", 1, 60), ("announce_days", 1, 366)):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                min_value=low,
                max_value=high,
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("period") == TierPolicy.Period.CALENDAR_YEAR:
            cleaned["months"] = 12
            self.errors.pop("months", None)
        return cleaned
