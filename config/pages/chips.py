"""The filters that are set, as words with an address that takes each away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _

from config import formats

NOT_FILTERS = ("page", "size", "sort", "q", "export")


@dataclass(frozen=True)
class Chip:
    label: str
    text: str
    without: str


def without(query: QueryDict, names: Iterable[str]) -> str:
    """The query string less those names, less the page, which is another one afterwards, and less what is empty."""
    gone = {*names, "page", "export"}
    copy = query.copy()
    for name in query:
        kept = [] if name in gone else [value for value in query.getlist(name) if value]
        copy.setlist(name, kept) if kept else copy.pop(name)
    return copy.urlencode()


def chips(form: Form, query: QueryDict) -> list[Chip]:
    """One chip for each filter of the bound form that is set and valid."""
    if not form.is_valid():
        return []
    return list(_set(form, query))


def _set(form: Form, query: QueryDict) -> Iterator[Chip]:
    for name, value in form.cleaned_data.items():
        if value in (None, "", []) or (isinstance(value, QuerySet) and not value):
            continue
        parts = [key for key in query if key == name or key.startswith(f"{name}_")]
        text = words(value, dict(getattr(form.fields[name], "choices", [])))
        yield Chip(str(form[name].label), text, without(query, parts))


def words(value: Any, choices: dict[Any, Any]) -> str:
    """A filter's value as the reader would say it."""
    if isinstance(value, slice):
        return _range(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(words(one, choices) for one in value)
    if isinstance(value, Model):
        return str(value)
    if value in choices:
        return str(choices[value])
    return _written(value)


def _range(value: slice) -> str:
    low, high = (None if end is None else _written(end) for end in (value.start, value.stop))
    if low and high:
        return f"{low} – {high}"
    return _("from %(value)s") % {"value": low} if low else _("to %(value)s") % {"value": high}


def _written(value: Any) -> str:
    if hasattr(value, "year"):
        return formats.day(value)
    return formats.number(value) if isinstance(value, int | float) else str(value)
