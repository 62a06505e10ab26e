"""What rules about products and categories say in German, whatever they are about; and numbers and names in it."""

from typing import Any

import pytest
from django.utils import translation

from customers.models import Category
from customers.segment_conditions.last_behaviour import WHAT
from customers.segments import drafts, words
from customers.segments.conditions import conditions
from customers.segments.subjects import SubjectForm
from tests.campaigns import make
from tests.factories import ProductFactory, SegmentFactory

pytestmark = pytest.mark.django_db
SUBJECTS = ("any", "products", "categories")
ABOUT = {
    "behaviour": (
        {"kind": "view", "operator": "at_least", "number": 2, "window": "days", "days": 30, "bought": "any"},
        (
            "„Produkt angesehen“ mindestens 2 Mal in den letzten 30 Tagen",
            "„Produkt angesehen“ Becher oder Schale mindestens 2 Mal in den letzten 30 Tagen",
            "„Produkt angesehen“ aus der Kategorie Tee mindestens 2 Mal in den letzten 30 Tagen",
        ),
    ),
    "cart": (
        {"state": "abandoned", "from_hours": 1, "to_hours": 24, "worth": 0},
        (
            "ein Warenkorb, der verlassen ist, zuletzt verändert vor 1 bis 24 Stunden",
            "ein Warenkorb, der verlassen ist, zuletzt verändert vor 1 bis 24 Stunden, mit Becher oder Schale",
            "ein Warenkorb, der verlassen ist, zuletzt verändert vor 1 bis 24 Stunden, mit etwas aus der Kategorie Tee",
        ),
    ),
    "favourite": (
        {},
        (
            "hat etwas auf dem Merkzettel",
            "hat Becher oder Schale auf dem Merkzettel",
            "hat etwas aus der Kategorie Tee auf dem Merkzettel",
        ),
    ),
    "interest": (
        {"points": 5, "window": "days", "days": 30},
        (
            "Interesse an beliebigen Produkten, mindestens 5 Punkte in den letzten 30 Tagen",
            "Interesse an Becher oder Schale, mindestens 5 Punkte in den letzten 30 Tagen",
            "Interesse an etwas aus der Kategorie Tee, mindestens 5 Punkte in den letzten 30 Tagen",
        ),
    ),
}
LAST = {
    "event": "irgendetwas getan",
    "view": "ein Produkt angesehen",
    "search": "gesucht",
    "favourite": "etwas gemerkt",
    "cart": "den Warenkorb verändert",
    "visit": "eine Filiale besucht",
    "open": "die App geöffnet",
}


def said(condition: str, **params: Any) -> str:
    with translation.override("de"):
        return words.sentence({"all": [{"condition": condition, "params": params}]})


def test_each_condition_about_products_is_a_sentence_whatever_it_is_about() -> None:
    mug, bowl = (ProductFactory(names={"de": name}).pk for name in ("Becher", "Schale"))
    tea = Category.objects.create(path="Tee").pk
    chosen = ({}, {"products": [mug, bowl]}, {"categories": [tea]})
    found = {
        key: tuple(
            said(key, subject=subject, **which, **params)
            for subject, which in zip(SUBJECTS, chosen, strict=True)
        )
        for key, (params, _wanted) in ABOUT.items()
    }
    assert found == {
        key: tuple(f"Alle, für die gilt: {text}." for text in wanted)
        for key, (_params, wanted) in ABOUT.items()
    }


def test_none_of_them_is_left_out() -> None:
    assert {each.key for each in conditions if issubclass(each.Form, SubjectForm)} == set(ABOUT)
    assert set(WHAT) == set(LAST)


@pytest.mark.parametrize("what", LAST)
def test_what_was_done_last_is_a_sentence(what: str) -> None:
    wanted = f"Alle, für die gilt: zuletzt {LAST[what]}: in den letzten 30 Tagen."
    assert said("last_behaviour", what=what, operator="within", days=30) == wanted


def test_an_attributes_number_is_written_as_the_reader_writes_it() -> None:
    assert said("attribute", key="Größe", operator="between", number=12.5, upper=1000) == (
        "Alle, für die gilt: „Größe“ liegt zwischen 12,5 und 1.000."
    )


def test_where_a_segment_is_used_is_told_in_the_readers_words() -> None:
    segment = SegmentFactory(name="Stammkunden")
    make.campaign(name="Frühling", segment=segment)
    with translation.override("de"):
        assert drafts.users_of(segment) == ["Kampagne „Frühling“"]
