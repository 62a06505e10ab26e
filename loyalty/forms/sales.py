"""What the builder of private sales asks: the row itself and, below it, lines of waves."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels import targets
from config.forms import KEY_ERRORS
from config.zones import zones
from customers.models import Segment
from loyalty.models import Sale, SaleWave, Tier
from loyalty.sales.running import Wave

if TYPE_CHECKING:
    SaleBase = forms.ModelForm[Sale]
else:
    SaleBase = forms.ModelForm

WAVES = 4  # lines that the builder offers
MINUTE = "%Y-%m-%dT%H:%M"


class WallField(forms.DateTimeField):
    """What the clock on a wall shows; the zone is asked beside it. Kept as if it were UTC."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format=MINUTE)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=[MINUTE, "%Y-%m-%d %H:%M"], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.strftime(MINUTE) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):  # the reader's own clock may leave out an hour that this one has
            return super().to_python(value)


class WordsField(forms.CharField):
    """One entry per line."""

    widget = forms.Textarea({"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = (line.strip() for line in super().clean(value).replace("\0", "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class SaleForm(SaleBase):
    skus = WordsField(label=_("Article numbers"), required=False, help_text=_("One per line."))
    categories = WordsField(
        label=_("Categories"),
        required=False,
        help_text=_("Whole paths such as Home/Kitchen, one per line; all that is below belongs to them."),
    )
    ends_wall = WallField(label=_("Ends"))

    class Meta:
        model = Sale
        fields = ["name", "key", "section", "skus", "categories", "link", "quota", "ends_wall", "time_zone"]
        error_messages = {"key": KEY_ERRORS}
        help_texts = {
            "name": _("Customers see it on the page of their link and in messages."),
            "key": _("Small letters, digits and dashes. Shop and till ask for the sale by it."),
            "section": _("As the shop calls the part that only the admitted see."),
            "link": _("Where customers are led to once they are admitted. Begins with https://."),
            "quota": _("Empty: everybody who may enter is admitted."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)
        held = list(self.instance.waves.all()) if self.instance.pk else []
        audiences = _audiences({wave.tier_id for wave in held if wave.tier_id})
        self.places = range(1, max(WAVES, len(held)) + 1)
        for place in self.places:
            wave = held[place - 1] if place <= len(held) else None
            self.fields[f"wave_{place}"] = forms.CharField(
                label=_("Wave"), max_length=80, required=False, initial=wave.name if wave else ""
            )
            self.fields[f"for_{place}"] = forms.ChoiceField(
                label=_("For"), required=False, choices=audiences, initial=_audience(wave)
            )
            self.fields[f"opens_{place}"] = WallField(
                label=_("Opens"), required=False, initial=wave.opens_wall if wave else None
            )

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"].strip()
        if link and not targets.is_safe(link):
            raise forms.ValidationError(_("The link must be a whole address that begins with https://."))
        return link

    def clean_quota(self) -> int | None:
        quota: int | None = self.cleaned_data["quota"]
        if quota == 0:
            raise forms.ValidationError(_("Enter a number above 0, or leave it empty."))
        return quota

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for place in self.places:
            named, opens = cleaned.get(f"wave_{place}"), cleaned.get(f"opens_{place}")
            if named and not opens and f"opens_{place}" not in self.errors:
                self.add_error(f"opens_{place}", _("When does this wave open?"))
            if not named and (opens or cleaned.get(f"for_{place}")):
                self.add_error(f"wave_{place}", _("Give the wave a name, or empty the line."))
            if named and opens and cleaned.get("ends_wall") and opens >= cleaned["ends_wall"]:
                self.add_error(f"opens_{place}", _("This is after the end of the sale."))
        return cleaned

    def waves(self) -> list[Wave]:
        given = self.cleaned_data
        return [
            _wave(given[f"wave_{place}"], given[f"for_{place}"], given[f"opens_{place}"])
            for place in self.places
            if given.get(f"wave_{place}")
        ]

    def wave_lines(self) -> list[tuple[Any, Any, Any]]:
        return [
            (self[f"wave_{place}"], self[f"for_{place}"], self[f"opens_{place}"]) for place in self.places
        ]


# --- Whom a wave is for: "", "tier:ID" or "segment:ID" ---


def _audiences(held: set[int]) -> list[Any]:
    """One list, so that nobody can choose a tier and a segment. A tier that was taken away stays where it is held."""
    tiers = Tier.objects.filter(Q(active=True) | Q(pk__in=held)).select_related("program")
    by_program: dict[str, list[tuple[str, str]]] = {}
    for tier in tiers.order_by("program__name", "program", "-threshold"):
        group = gettext("Tiers of %(program)s") % {"program": tier.program.name}
        words = gettext("%(tier)s and above") % {"tier": tier.name}
        by_program.setdefault(group, []).append((f"tier:{tier.pk}", words))
    segments = Segment.objects.order_by("name").values_list("pk", "name")
    groups = [*by_program.items(), (gettext("Segments"), [(f"segment:{pk}", name) for pk, name in segments])]
    return [("", gettext("everybody with a link")), *(group for group in groups if group[1])]


def _audience(wave: SaleWave | None) -> str:
    if wave and wave.tier_id:
        return f"tier:{wave.tier_id}"
    return f"segment:{wave.segment_id}" if wave and wave.segment_id else ""


def _wave(name: str, audience: str, opens: datetime) -> Wave:
    kind, _colon, pk = audience.partition(":")
    segment = Segment.objects.get(pk=pk) if kind == "segment" else None
    return Wave(name, segment, opens, Tier.objects.get(pk=pk) if kind == "tier" else None)
