"""Lists reach the database as they are."""

from typing import Any

import pytest
from django.db import DataError, connection

LISTS: list[tuple[str, list[Any]]] = [
    ("bigint[]", [1, -2, 2**62]),
    ("text[]", ["a", "", 'quote"s', "back\\slash", "{1,2}", "NULL", " ", "ä, ö", "line\nend", "%s"]),
    ("text[]", []),
    ("text[]", [None, "a"]),
    ("bool[]", [True, False]),
    ("text[]", ["x"]),
    ("int[]", [[1, 2], [3, 4]]),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "values"), LISTS)
def test_a_list_comes_back_as_it_went(kind: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}", [values])
        assert cursor.fetchone()[0] == values


@pytest.mark.django_db
def test_a_text_that_no_database_holds_is_refused() -> None:
    with pytest.raises((DataError, ValueError)), connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [["a\0b", "c"]])
