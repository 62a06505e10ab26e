"""Form fields of conditions that hold chosen values, mostly a list, and what the editor offers to choose from."""

from collections.abc import Iterable
from typing import Any, ClassVar

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import F, Func, TextField
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config import countries, formats
from customers import regions
from customers.models import Category, Customer, FixedList, Product, RfmClass, Segment, Shop, Store

Option = tuple[str, str]
SUGGESTIONS = 12


class ListField(forms.Field):
    """A list of values, each once, in the order they were chosen. Required: an empty list is a fault.

    `many`: False where only one is chosen, which is then the value itself. `searched`: the editor offers values by
    a search; otherwise it shows all `options`.
    """

    many: ClassVar[bool] = True
    searched: ClassVar[bool] = False
    widget: type[forms.Widget] = forms.SelectMultiple
    default_error_messages = {
        "required": _("Choose at least one."),
        "unknown": _("“%(value)s” does not exist (any more). Take it out."),
    }

    def clean(self, value: Any) -> Any:
        values = list(dict.fromkeys(str(item).strip() for item in value or []))
        self.validate([item for item in values if item])
        return self.checked([item for item in values if item])

    def checked(self, values: list[str]) -> list[Any]:
        """The values in the form that SQL wants; ValidationError for one that cannot be."""
        return values

    def labels(self, values: Iterable[Any]) -> list[str]:
        """The values as the reader calls them."""
        return [str(value) for value in values]

    def options(self) -> list[Option]:
        """Everything there is to choose, where it is little."""
        return []

    def link(self, value: Any) -> str:
        """The page of what is chosen, if it has one that is worth a look while a rule is made."""
        return ""

    def suggest(self, text: str) -> list[Option]:
        """A few values that fit what was typed."""
        folded = text.casefold()
        return [option for option in self.options() if folded in option[1].casefold()][:SUGGESTIONS]

    def fail(self, value: Any) -> ValidationError:
        return ValidationError(self.error_messages["unknown"], code="unknown", params={"value": value})


class LanguageField(ListField):
    def checked(self, values: list[str]) -> list[str]:
        names = Locale("en").languages
        for value in values:
            if value not in names:
                raise self.fail(value)
        return values

    def labels(self, values: Iterable[Any]) -> list[str]:
        names = Locale(formats.language()).languages
        return [names.get(value, value) for value in values]

    def options(self) -> list[Option]:
        codes = sorted({*Shop.current().languages, *used("language")} & set(Locale("en").languages))
        return sorted(zip(codes, self.labels(codes), strict=True), key=lambda option: option[1])


class CountryField(ListField):
    """ISO 3166-1 codes."""

    def checked(self, values: list[str]) -> list[str]:
        names = Locale("en").territories
        for value in values:
            if len(value) != 2 or value not in names:
                raise self.fail(value)
        return values

    def labels(self, values: Iterable[Any]) -> list[str]:
        return [countries.name(value) for value in values]

    def options(self) -> list[Option]:
        codes = sorted({Shop.current().country, *used("country")} & set(Locale("en").territories))
        return sorted(zip(codes, self.labels(codes), strict=True), key=lambda option: option[1])


class OneField(ListField):
    """One value, which is the value of the field."""

    many = False
    widget = forms.TextInput

    def clean(self, value: Any) -> Any:
        return super().clean([] if value in (None, "") else [value])[0]


class OneCountryField(OneField, CountryField):
    searched = True

    def options(self) -> list[Option]:
        return countries.choices()


class RegionField(ListField):
    """Federal states and cantons, by ISO 3166-2."""

    searched = True

    def checked(self, values: list[str]) -> list[str]:
        for value in values:
            if value not in regions.NAMES:
                raise self.fail(value)
        return values

    def labels(self, values: Iterable[Any]) -> list[str]:
        return [regions.name(value) for value in values]

    def options(self) -> list[Option]:
        return sorted(((code, regions.name(code)) for code in regions.NAMES), key=lambda option: option[1])


class NamedField(ListField):
    """Values that have names in the code; the empty one cannot be chosen."""

    names: ClassVar[type[models.TextChoices]]

    def checked(self, values: list[str]) -> list[str]:
        for value in values:
            if value not in dict(self.options()):
                raise self.fail(value)
        return values

    def labels(self, values: Iterable[Any]) -> list[str]:
        return [dict(self.options()).get(value, value) for value in values]

    def options(self) -> list[Option]:
        return [(value, str(label)) for value, label in self.names.choices if value]


class SalutationField(NamedField):
    names = Customer.Salutation


class RfmClassField(NamedField):
    names = RfmClass


class TextsField(ListField):
    """Free texts; suggestions are what customers, or products, have in that column."""

    searched = True
    free: ClassVar[bool] = True

    def __init__(self, *, column: str, model: type[models.Model] = Customer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.column, self.model = column, model

    def suggest(self, text: str) -> list[Option]:
        found = self.model._default_manager.filter(**{f"{self.column}__istartswith": text}).exclude(
            **{self.column: ""}
        )
        counted = found.values(self.column).annotate(n=models.Count("id")).order_by("-n", self.column)
        return [(value, value) for value in counted.values_list(self.column, flat=True)[:SUGGESTIONS]]


class KeyField(forms.CharField):
    """The name of an attribute. The editor suggests those that customers have."""

    def suggest(self, text: str) -> list[Option]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT jsonb_object_keys(attributes) AS key FROM"
                " (SELECT attributes FROM customers_customer WHERE attributes <> '{}' LIMIT 2000) found ORDER BY key"
            )
            keys = [row[0] for row in cursor.fetchall()]
        return [(key, key) for key in keys if text.casefold() in key.casefold()][:SUGGESTIONS]


class RowsField(ListField):
    """Rows of a model by id; a row that is gone is a fault."""

    model: ClassVar[type[models.Model]]

    def checked(self, values: list[str]) -> list[int]:
        for value in values:
            if not (value.isascii() and value.isdigit() and len(value) < 18):
                raise self.fail(value)
        there = set(self.model._default_manager.filter(pk__in=values).values_list("pk", flat=True))
        for value in values:
            if int(value) not in there:
                raise self.fail(value)
        return [int(value) for value in values]

    def labels(self, values: Iterable[Any]) -> list[str]:
        wanted = [str(value) for value in values]
        ids = [value for value in wanted if value.isascii() and value.isdigit() and len(value) < 18]
        rows = {str(row.pk): str(row) for row in self.model._default_manager.filter(pk__in=ids)}
        return [rows.get(value, value) for value in wanted]

    def options(self) -> list[Option]:
        return [(str(row.pk), str(row)) for row in self.model._default_manager.all()]


class StoreField(RowsField):
    model = Store


class SegmentField(OneField, RowsField):
    """One other segment."""

    model = Segment
    searched = True

    def suggest(self, text: str) -> list[Option]:
        rows = Segment.objects.filter(name__icontains=text).order_by("name")[:SUGGESTIONS]
        return [(str(row.pk), row.name) for row in rows]

    def link(self, value: Any) -> str:
        return reverse("segment_edit", args=[value])


class FixedListField(RowsField):
    model = FixedList
    searched = True

    def suggest(self, text: str) -> list[Option]:
        rows = FixedList.objects.filter(name__icontains=text).order_by("name")[:SUGGESTIONS]
        return [(str(row.pk), row.name) for row in rows]

    def link(self, value: Any) -> str:
        return reverse("fixed_list", args=[value])


class CategoryField(RowsField):
    model = Category
    searched = True

    def suggest(self, text: str) -> list[Option]:
        rows = Category.objects.filter(path__icontains=text).order_by("path")[:SUGGESTIONS]
        return [(str(row.pk), row.path) for row in rows]


class ProductField(RowsField):
    model = Product
    searched = True

    def suggest(self, text: str) -> list[Option]:
        """By article number or by name in any language."""
        values = Func(
            F("names"),
            template="jsonb_path_query_array(%(expressions)s, '$.*')::text",
            output_field=TextField(),
        )
        named = models.Q(sku__istartswith=text) | models.Q(called__icontains=text)
        goods = Product.objects.filter(kind=Product.Kind.MERCHANDISE).annotate(called=values)
        rows = goods.filter(named).order_by("sku")[:SUGGESTIONS]
        return [(str(row.pk), f"{row} ({row.sku})") for row in rows]


def used(column: str) -> list[str]:
    """The different values of an indexed column of customers, by hopping along its index."""
    name = {"language": "language", "country": "country"}[column]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE hop (value) AS (
                    (SELECT min({name}) FROM customers_customer WHERE {name} > '')
                    UNION ALL
                    SELECT (SELECT min({name}) FROM customers_customer WHERE {name} > hop.value) FROM hop
                    WHERE hop.value IS NOT NULL)
                SELECT value FROM hop WHERE value IS NOT NULL LIMIT 300"""  # noqa: S608 - one of two literals
        )
        return [row[0] for row in cursor.fetchall()]
