"""The German of the pages: nobody is addressed, and one thing has one name."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.utils import translation

from config import translations
from customers.segment_conditions.birthday import Birthday
from customers.segments import phrases

# At the beginning of a sentence it may be "they", so only an imperative is sure there.
ADDRESS = re.compile(r"\w+n Sie\b|[\w,;] (?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b|^Ihre? eigene|^Ihre Mobilnummer")


@cache
def texts() -> list[tuple[Message, str]]:
    with translations.catalogue_path().open("rb") as file:
        catalogue = read_po(file, locale=translations.LANGUAGE)
    found = []
    for message in catalogue:
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        found += [(message, text) for text in strings if message.id]
    return found


def test_nobody_is_addressed() -> None:
    """Staff by house rule; and whether customers are Sie or du is the shop's to say, so their pages say neither."""
    assert [text for _message, text in texts() if ADDRESS.search(text)] == []


@pytest.mark.parametrize(
    ("other", "name"),
    [
        (r"\bBl[oö]ck", "Baustein"),
        (r"Dienstleister", "Anbieter"),
        (r"Merkliste", "Merkzettel"),
        (r"Zustellregel", "Versandregeln"),
        (r"ohne Leitung|mit Leitung", "ohne Verbindung, online"),
    ],
)
def test_one_thing_has_one_name(other: str, name: str) -> None:
    said = [text for _message, text in texts()]
    assert [text for text in said if re.search(other, text, re.IGNORECASE)] == []
    assert any(name.split(",")[0] in text for text in said)


@pytest.mark.parametrize("button", ["Add block", "Save for reuse"])
def test_a_button_is_named_as_it_reads(button: str) -> None:
    """Where a text names one of these buttons in quotes, its German has the button's own words."""
    words = next(text for message, text in texts() if message.id == button)
    naming = [text for message, text in texts() if f"“{button}”" in str(message.id)]
    assert naming
    assert all(f"„{words}“" in text for text in naming)


def test_one_day_is_written_as_one() -> None:
    with translation.override("de"):
        assert phrases.within(1) == "innerhalb des letzten Tages"
        assert phrases.within(2) == "in den letzten 2 Tagen"
        assert Birthday().words({"days": 1}) == "der Geburtstag ist heute oder morgen"
        assert Birthday().words({"days": 7}) == "der Geburtstag ist in den nächsten 7 Tagen"
