from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from django.utils.translation import gettext_lazy as _

from customers.catalogue import locale
from customers.merge_fields import salutations
from customers.models import Customer, Shop
from customers.personalisation import MergeField, MergeFields, Values, merge_fields

DAYS = {"de": "d. MMMM", "en": "d MMMM"}


def birthday(on: date | None, language: str) -> str:
    """ "24. Dezember": the day without the year."""
    return "" if on is None else _day(on.replace(year=2000), locale(language))


@lru_cache(maxsize=4096)
def _day(on: date, where: str) -> str:
    return format_date(on, DAYS.get(where[:2], "d MMMM"), locale=where)


@merge_fields.register
class Person(MergeFields):
    key = "person"
    label = _("Person")
    position = 10
    fields = (
        MergeField(
            "salutation",
            _("Salutation line"),
            {"de": "Guten Tag Frau Dr. Lindner", "en": "Dear Dr Lindner", "fr": "Bonjour Madame Dr Lindner"},
        ),
        MergeField("first_name", _("First name"), {"en": "Anna"}),
        MergeField("last_name", _("Last name"), {"en": "Lindner"}),
        MergeField("full_name", _("Full name"), {"en": "Anna Lindner"}),
        MergeField("title", _("Title"), {"de": "Dr.", "en": "Dr"}),
        MergeField("city", _("City"), {"de": "Köln", "en": "Cologne"}),
        MergeField("birthday", _("Birthday"), {"de": "24. Dezember", "en": "24 December"}),
        MergeField("language", _("Language"), {"de": "de", "en": "en"}),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        form = Shop.current().address
        rows = Customer.objects.filter(pk__any=customer_ids, erased_at=None).values(
            "id", "salutation", "title", "first_name", "last_name", "city", "birthday", "language"
        )
        return {row["id"]: self._of(dict(row), language, form) for row in rows}

    def _of(self, row: dict[str, Any], language: str, form: str) -> dict[str, Any]:
        first, last = row["first_name"].strip(), row["last_name"].strip()
        return {
            "salutation": salutations.line(
                language, form, salutation=row["salutation"], title=row["title"], first=first, last=last
            ),
            "first_name": first,
            "last_name": last,
            "full_name": f"{first} {last}".strip(),
            "title": row["title"],
            "city": row["city"],
            "birthday": birthday(row["birthday"], language),
            "language": row["language"],
        }
