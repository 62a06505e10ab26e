"""How letters begin: by what is known, never by guessing."""

import pytest

from customers.merge_fields import salutations

ANNA = {"salutation": "ms", "title": "Dr.", "first": "Anna", "last": "Lindner"}


@pytest.mark.parametrize(
    ("language", "form", "known", "expected"),
    [
        ("de", "sie", ANNA, "Guten Tag Frau Dr. Lindner"),
        ("de-AT", "sie", ANNA, "Guten Tag Frau Dr. Lindner"),
        ("de", "sie", ANNA | {"title": ""}, "Guten Tag Frau Lindner"),
        ("de", "sie", ANNA | {"salutation": "mr"}, "Guten Tag Herr Dr. Lindner"),
        ("de", "sie", ANNA | {"salutation": ""}, "Guten Tag Dr. Anna Lindner"),
        ("de", "sie", ANNA | {"salutation": "neutral", "title": ""}, "Guten Tag Anna Lindner"),
        ("de", "sie", {"salutation": "ms", "first": "Anna"}, "Guten Tag"),
        ("de", "sie", {"last": "Lindner"}, "Guten Tag"),
        ("de", "sie", {}, "Guten Tag"),
        ("de", "du", ANNA, "Hallo Anna"),
        ("de", "du", {"last": "Lindner", "salutation": "ms"}, "Hallo"),
        ("en", "sie", ANNA, "Dear Dr. Lindner"),
        ("en", "sie", ANNA | {"title": ""}, "Dear Ms Lindner"),
        ("en", "sie", ANNA | {"title": "", "salutation": "mr"}, "Dear Mr Lindner"),
        ("en", "sie", ANNA | {"title": "", "salutation": ""}, "Dear Anna Lindner"),
        ("en", "sie", {}, "Hello"),
        ("en", "du", ANNA, "Hello Anna"),
        ("fr", "sie", ANNA | {"title": ""}, "Bonjour Madame Lindner"),
        ("fr", "sie", {}, "Bonjour"),
        ("nl", "sie", ANNA | {"title": ""}, "Geachte mevrouw Lindner"),
        ("pl", "sie", ANNA | {"title": ""}, "Dear Ms Lindner"),
    ],
)
def test_salutation(language: str, form: str, known: dict[str, str], expected: str) -> None:
    assert salutations.line(language, form, **known) == expected
