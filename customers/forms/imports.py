"""Uploading a file, and saying what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel import Locale
from babel.core import get_global
from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.zones import zones
from customers.imports import columns, guessing, reasons
from customers.imports.faults import FileRefused
from customers.imports.options import Options, check
from customers.imports.reading import ENCODINGS, Sheet
from customers.models import ImportJob

FREE = "attribute"
PEOPLE = (ImportJob.Kind.CUSTOMERS, ImportJob.Kind.CONTACTS)
DELIMITERS = [
    (",", gettext_lazy("comma ,")),
    (";", gettext_lazy("semicolon ;")),
    ("\t", gettext_lazy("tab")),
    ("|", gettext_lazy("bar |")),
]
DAY_FIRST = [
    ("", gettext_lazy("does not matter here")),
    ("day", gettext_lazy("day first: 31.12. or 31/12")),
    ("month", gettext_lazy("month first: 12/31")),
]
SAMPLES = 3
SHEET = ("sheet", "header_row")
TEXT = ("encoding", "delimiter")


@dataclass(frozen=True)
class Mapped:
    """A column of the file: its name, what stands in it, and the field that chooses its meaning."""

    header: str
    samples: list[str]
    field: BoundField

    @property
    def control(self) -> str:
        """The choice, named by the column for a screen reader."""
        faulty = " is-invalid" if self.field.errors else ""
        return self.field.as_widget(attrs={"class": f"form-select{faulty}", "aria-label": self.header})


class MappingForm(forms.Form):
    """What each column means and how the file is to be read. `options` of a valid form are fit for a run."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label=gettext_lazy("Divider"), choices=DELIMITERS)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    header_row = forms.IntegerField(
        label=gettext_lazy("Row that names the columns"), min_value=1, max_value=1_048_575
    )
    decimal = forms.ChoiceField(
        label=gettext_lazy("Decimal sign"),
        choices=[("", gettext_lazy("only whole numbers")), (",", "1,50"), (".", "1.50")],
        required=False,
    )
    day_first = forms.ChoiceField(label=gettext_lazy("Dates"), choices=DAY_FIRST, required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Time zone of the times"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    rate = forms.DecimalField(
        label=gettext_lazy("Exchange rate"),
        required=False,
        min_value=0,
        help_text=gettext_lazy(
            "Only for another currency than the shop's: how many of the shop's is one of these."
        ),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the names"), required=False)
    refund_prefix = forms.CharField(
        label=gettext_lazy("Cancellations begin with"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Empty: orders with negative quantities are cancellations."),
    )
    adjustment_prefix = forms.CharField(
        label=gettext_lazy("Bookkeeping begins with"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Such lines are no sales and are refused."),
    )
    service_codes = forms.CharField(
        label=gettext_lazy("Article numbers that are no merchandise"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Postage, fees, discounts: divided by commas, * stands for any letters."),
    )

    proven = forms.BooleanField(
        label=gettext_lazy("I have looked at the proofs: they say when, where and how each person agreed."),
        required=False,
    )

    earn_points = forms.BooleanField(
        label=gettext_lazy("These orders earn points"),
        required=False,
        help_text=gettext_lazy(
            "By the rules of today, with the days of the orders. Else only new orders earn."
        ),
    )

    USED = {
        ImportJob.Kind.ORDERS: (
            "decimal",
            "day_first",
            "zone",
            "currency",
            "rate",
            "earn_points",
        ),
        ImportJob.Kind.CUSTOMERS: ("day_first", "zone"),
        ImportJob.Kind.PRODUCTS: ("decimal", "currency", "language"),
        ImportJob.Kind.EVENTS: ("decimal", "day_first", "zone", "currency", "rate"),
        ImportJob.Kind.CARTS: ("decimal", "day_first", "zone", "currency", "rate"),
        ImportJob.Kind.CONTACTS: ("day_first", "zone"),
    }
    RARE = {
        ImportJob.Kind.ORDERS: ("language", "refund_prefix", "adjustment_prefix", "service_codes"),
        ImportJob.Kind.CUSTOMERS: (),
        ImportJob.Kind.PRODUCTS: ("service_codes",),
        ImportJob.Kind.EVENTS: ("language",),
        ImportJob.Kind.CARTS: ("language",),
        ImportJob.Kind.CONTACTS: (),
    }

    def __init__(
        self,
        kind: str,
        head: guessing.Head,
        options: Options,
        data: Any = None,
        sheets: Sequence[Sheet] = (),
    ) -> None:
        super().__init__(data, initial=_initial(options))
        self.several = len(sheets) > 1
        self.kind, self.head, self.guess = kind, head, options
        self.options = options
        self.layout = SHEET if sheets else TEXT
        self.asks_for_proof = kind in PEOPLE
        used = {*self.layout, *self.USED[ImportJob.Kind(kind)], *self.RARE[ImportJob.Kind(kind)]}
        if self.asks_for_proof:
            used.add("proven")
        for name in set(self.fields) - used:
            del self.fields[name]
        self._choices("sheet", [(sheet.name, _sheet_label(sheet)) for sheet in sheets])
        self._choices("zone", [("", "-"), *zones()])
        self._choices("currency", [("", "-"), *_currencies()])
        self._choices("language", _languages())
        meanings = _meanings(kind)
        chosen = {header: key for key, header in options.mapping.items()}
        for place, header in enumerate(head.header):
            key = chosen.get(header, "")
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header,
                required=False,
                choices=meanings,
                initial=FREE if key.startswith((columns.ATTRIBUTE, columns.PROPERTY)) else key,
            )

    def _choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def mapped(self) -> list[Mapped]:
        """The columns of the file, for the page."""
        return [
            Mapped(header, self._samples(place), self[f"column_{place}"])
            for place, header in enumerate(self.head.header)
        ]

    def _samples(self, place: int) -> list[str]:
        cells = (row[place].strip() for row in self.head.rows[:200])
        return list(dict.fromkeys(cell for cell in cells if cell))[:SAMPLES]

    def told(self) -> list[BoundField]:
        """The fields on how to read it that matter each time."""
        return [self[name] for name in self.USED[ImportJob.Kind(self.kind)]]

    def how(self) -> list[BoundField]:
        """The fields on how the file is divided into cells; a change of them is read again."""
        return [self[name] for name in self.layout]

    def rare(self) -> list[BoundField]:
        return [self[name] for name in self.RARE[ImportJob.Kind(self.kind)]]

    def consent(self) -> str:
        """What becomes of the consent that the file states: nothing, refusals, all, or empty where it states none."""
        mapped = {self[f"column_{place}"].value() for place in range(len(self.head.header))}
        if not mapped & {"permission_email", "permission_tracking"}:
            return ""
        return "all" if columns.PROOF in mapped else "refusals"

    def has_rare_faults(self) -> bool:
        return any(field.errors for field in (*self.rare(), *self.how()))

    def asked(self) -> list[str]:
        """What the file does not tell, before anything was entered."""
        return [str(reasons.QUESTIONS[q.code]) for q in guessing.questions(self.kind, self.head, self.guess)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.options = self._options(cleaned)
        try:
            check(self.options, self.kind, self.head.header)
        except FileRefused as error:
            field = "proven" if error.code == "unproven" and self.asks_for_proof else None
            self.add_error(field, reasons.fault(error.code, error.facts))
        if any(name in cleaned and cleaned[name] != getattr(self.guess, name) for name in self.layout):
            self.add_error(self.layout[0], self._read_first())
        for question in guessing.questions(self.kind, self.head, self.options):
            self.add_error(question.option, str(reasons.QUESTIONS[question.code]))
        return cleaned

    def _read_first(self) -> str:
        if self.layout == SHEET:
            return _("Read the sheet again first: its columns may be others.")
        return _("Read the file again first: its columns may be others.")

    def _options(self, cleaned: dict[str, Any]) -> Options:
        mapping: dict[str, str] = {}
        for place, header in enumerate(self.head.header):
            key = cleaned.get(f"column_{place}", "")
            if key and key in mapping:
                self.add_error(f"column_{place}", _("Another column has this meaning already."))
            if key:
                mapping[f"{columns.FREE[columns.Kind(self.kind)]}{header}" if key == FREE else key] = header
        told = {name: cleaned.get(name) or "" for name in self.fields if not name.startswith("column_")}
        if "earn_points" in told:
            told["earn_points"] = bool(told["earn_points"])
        if "day_first" in told:
            told["day_first"] = {"day": True, "month": False}.get(told["day_first"])
        if told.get("rate"):
            told["rate"] = str(told["rate"])
        return self.guess.but(**told, mapping=mapping)


def _sheet_label(sheet: Sheet) -> str:
    return _("%(name)s (hidden)") % {"name": sheet.name} if sheet.hidden else sheet.name


def _initial(options: Options) -> dict[str, Any]:
    day_first = {True: "day", False: "month", None: ""}[options.day_first]
    return options.dump() | {"day_first": day_first, "rate": options.rate or None}


def _meanings(kind: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("", _("leave out"))]
    found += [(c.key, f"{c.label} *" if c.required else c.label) for c in columns.of(kind)]
    if kind in PEOPLE:
        found.append((FREE, _("an attribute of its own")))
    if kind == ImportJob.Kind.EVENTS:
        found.append((FREE, _("a property of its own")))
    return found


def _currencies() -> list[tuple[str, str]]:
    first = ["EUR", "CHF", "GBP", "USD"]
    others = sorted(set(get_global("all_currencies")) - set(first))
    return [(code, code) for code in (*first, *others)]


def _languages() -> list[tuple[str, str]]:
    names = Locale.parse(formats.language()).languages
    return [(code, str(names[code])) for code in ("de", "en", "fr", "it", "es", "nl", "pl")]
