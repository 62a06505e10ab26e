"""Translations without GNU gettext: strings are found, catalogues kept and compiled by Babel.

`locale/de/LC_MESSAGES/django.po` is the German catalogue; files `locale/parts/*.po` are fragments that fill
its gaps. English is the language of the source and has no catalogue.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import template

ROOT = Path(settings.BASE_DIR)
LOCALE = ROOT / "locale"
LANGUAGE = "de"
PARTS = LOCALE / "parts"
SOURCES = ("config", "customers", "channels", "loyalty", "campaigns", "templates")
NO_SOURCES = ("migrations", "management")
# Django's functions: which argument is the text, the plural, the context ("c").
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


@dataclass(frozen=True)
class Fault:
    """A text that German readers would see wrongly: `what` is untranslated, fuzzy or placeholders."""

    what: str
    text: str
    where: str


def extracted() -> Catalog:
    """Every translatable text of the source, with the files it stands in."""
    catalog = Catalog(domain="django")
    for file in sources():
        origin = str(file.relative_to(ROOT))
        for _line, text, comments, context in _texts(file):
            flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", str(text)) else []
            catalog.add(text, locations=[(origin, 1)], auto_comments=comments, context=context, flags=flags)
    return catalog


def sources() -> list[Path]:
    found = [
        path
        for folder in SOURCES
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".html", ".txt")
    ]
    return sorted(path for path in found if not set(path.relative_to(ROOT).parts) & set(NO_SOURCES))


def _texts(file: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = file.read_text()
    if file.suffix != ".py":
        source = _as_python(source, str(file))
    yield from extract(
        "python", io.BytesIO(source.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"}
    )


def _as_python(source: str, origin: str) -> str:
    """A template's texts as Python calls. What stands between them is blanked, its indentation taken away."""
    calls = template.templatize(source, origin=origin)
    return "\n".join(line.strip() for line in calls.splitlines())


def catalogue_path() -> Path:
    return LOCALE / LANGUAGE / "LC_MESSAGES" / "django.po"


def merged() -> Catalog:
    """The German catalogue as it should be: all texts of the source, with the translations that are known."""
    catalog = _read(catalogue_path())
    catalog.update(extracted(), no_fuzzy_matching=True)
    for part in sorted(PARTS.glob("*.po")):
        _fill(catalog, _read(part))
    return catalog


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LANGUAGE, domain="django", project="Stammkunde", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, domain="django")


def _fill(catalog: Catalog, part: Catalog) -> None:
    for message in part:
        known = catalog.get(message.id, message.context) if message.id else None
        if known is not None and not _is_translated(known) and _is_translated(message):
            known.string = message.string
            known.flags -= {"fuzzy"}


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return bool(strings) and all(strings)


def update() -> list[Fault]:
    """Write the German catalogue anew and return what is still missing in it."""
    catalog = merged()
    catalog.obsolete.clear()
    path = catalogue_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False)
    path.write_bytes(_without_dates(text.getvalue()))
    return faults(catalog)


def _without_dates(text: bytes) -> bytes:
    """Dates in the header would make every two branches that add a text collide."""
    return re.sub(rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By):.*\n', b"", text, flags=re.MULTILINE)


def faults(catalog: Catalog) -> list[Fault]:
    return [fault for message in catalog if message.id for fault in _faults(message)]


def _faults(message: Message) -> Iterator[Fault]:
    text = message.id if isinstance(message.id, str) else message.id[0]
    where = ", ".join(sorted({file for file, _line in message.locations}))
    if message.fuzzy:
        yield Fault("fuzzy", text, where)
    elif not _is_translated(message):
        yield Fault("untranslated", text, where)
    elif not _placeholders(message.string) <= _placeholders(message.id):
        yield Fault("placeholders", text, where)


def _placeholders(text: str | list[str] | tuple[str, ...] | None) -> set[str]:
    return set(PLACEHOLDER.findall(text if isinstance(text, str) else " ".join(text or ())))


def compile_catalogues() -> None:
    """Write the .mo file where the catalogue or a fragment is newer. Cheap when there is nothing to do."""
    source = [path for path in (catalogue_path(), *PARTS.glob("*.po")) if path.exists()]
    target = catalogue_path().with_suffix(".mo")
    if not source or (
        target.exists() and target.stat().st_mtime >= max(path.stat().st_mtime for path in source)
    ):
        return
    catalog = _read(catalogue_path())
    for part in sorted(PARTS.glob("*.po")):
        for message in _read(part):
            if message.id and catalog.get(message.id, message.context) is None:
                catalog.add(message.id, message.string, context=message.context)
        _fill(catalog, _read(part))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.mo")  # several processes may be at it
    with draft.open("wb") as file:
        write_mo(file, catalog)
    draft.replace(target)
