import gettext
import os
from pathlib import Path

import pytest

from config import translations

GERMAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A project of its own; gives a function that writes one of its files."""
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(translations, "PARTS", tmp_path / "locale" / "parts")
    monkeypatch.setattr(translations, "SOURCES", ("app",))

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def texts() -> set[tuple]:
    return {(message.id, message.context) for message in translations.extracted() if message.id}


def test_texts_are_found_in_python(source):
    source(
        "app/views.py",
        "_('one'); gettext_lazy('two '\n 'lines'); pgettext('month', 'May'); ngettext('%(n)s dog', '%(n)s dogs', n)",
    )
    plural = ("%(n)s dog", "%(n)s dogs")
    assert texts() == {("one", None), ("two lines", None), ("May", "month"), (plural, None)}


def test_texts_are_found_in_templates(source):
    source(
        "app/page.html",
        """{% load i18n %}
        <p title="{% translate "Title's" %}">{{ _("filter") }} {{ name|default:_("nobody") }}</p>
          {% translate "May" context "month" %}
      {% blocktranslate trimmed with name=customer.name %}
          Dear {{ name }},
          hello
        {% endblocktranslate %}
        {% blocktranslate count n=total %}{{ n }} dog{% plural %}{{ n }} dogs{% endblocktranslate %}
        <script src="x.js"></script> it's (not [closed""",
    )
    assert texts() == {
        ("Title's", None),
        ("filter", None),
        ("nobody", None),
        ("May", "month"),
        ("Dear %(name)s, hello", None),
        (("%(n)s dog", "%(n)s dogs"), None),
    }


def test_the_catalogue_keeps_what_is_known_and_says_what_is_missing(source):
    source("app/views.py", "_('red'); _('green'); _('blue')")
    source(
        "locale/de/LC_MESSAGES/django.po", GERMAN + 'msgid "red"\nmsgstr "rot"\n\nmsgid "old"\nmsgstr "alt"\n'
    )
    source("locale/parts/shell.po", GERMAN + 'msgid "green"\nmsgstr "grün"\n\nmsgid "red"\nmsgstr "karmin"\n')
    assert [(fault.what, fault.text, fault.where) for fault in translations.update()] == [
        ("untranslated", "blue", "app/views.py")
    ]
    written = translations.catalogue_path().read_text()
    assert 'msgid "red"\nmsgstr "rot"' in written
    assert 'msgid "green"\nmsgstr "grün"' in written
    assert "old" not in written
    assert "Date" not in written


def test_writing_twice_changes_nothing(source):
    source("app/views.py", "_('red'); ngettext('%(n)s dog', '%(n)s dogs', n)")
    translations.update()
    first = translations.catalogue_path().read_text()
    translations.update()
    assert translations.catalogue_path().read_text() == first


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ('msgid "Dear %(name)s"\nmsgstr ""', "untranslated"),
        ('#, fuzzy\nmsgid "Dear %(name)s"\nmsgstr "Guten Tag %(name)s"', "fuzzy"),
        ('msgid "Dear %(name)s"\nmsgstr "Guten Tag %(nme)s"', "placeholders"),
        ('msgid "other"\nmsgstr "anderes"', "untranslated"),
    ],
)
def test_a_faulty_translation_is_found(source, entry: str, what: str):
    source("app/views.py", "_('Dear %(name)s')")
    source("locale/de/LC_MESSAGES/django.po", f"{GERMAN}{entry}\n")
    assert [fault.what for fault in translations.faults(translations.merged())] == [what]


def test_a_plural_needs_both_forms(source):
    source("app/views.py", "ngettext('%(n)s dog', '%(n)s dogs', n)")
    half = 'msgid "%(n)s dog"\nmsgid_plural "%(n)s dogs"\nmsgstr[0] "%(n)s Hund"\nmsgstr[1] ""\n'
    source("locale/de/LC_MESSAGES/django.po", GERMAN + half)
    assert [fault.what for fault in translations.faults(translations.merged())] == ["untranslated"]


def test_the_compiled_catalogue_has_fragments_too_and_is_written_when_something_is_newer(source):
    catalogue = source("locale/de/LC_MESSAGES/django.po", GERMAN + 'msgid "red"\nmsgstr "rot"\n')
    source("locale/parts/shell.po", GERMAN + 'msgctxt "month"\nmsgid "May"\nmsgstr "Mai"\n')
    translations.compile_catalogues()
    target = catalogue.with_suffix(".mo")
    with target.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert (compiled.gettext("red"), compiled.pgettext("month", "May")) == ("rot", "Mai")

    os.utime(target, (2_000_000_000, 2_000_000_000))
    translations.compile_catalogues()
    assert target.stat().st_mtime == 2_000_000_000
    os.utime(catalogue, (2_000_000_001, 2_000_000_001))
    translations.compile_catalogues()
    assert target.stat().st_mtime != 2_000_000_000
