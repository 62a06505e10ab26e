"""Lists as files: safe in a spreadsheet, in the reader's notation, flat in memory."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config.pages import csv as export
from customers.models import AuditEntry
from tests.factories import StoreFactory

EVIL = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"]


@pytest.mark.parametrize("text", EVIL)
def test_text_is_never_a_formula(text: str) -> None:
    assert export.cell(text, ".") == f"'{text}"


@pytest.mark.fault("F36")
@given(st.text())
def test_a_cell_of_text_never_begins_like_a_formula(text: str) -> None:
    assert not export.cell(text, ".").startswith(export.FORMULA_STARTS)


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (-5, "-5", "-5"),
        (Decimal("-12.50"), "-12,50", "-12.50"),
        (True, "1", "1"),
        (None, "", ""),
        (date(2026, 12, 24), "2026-12-24", "2026-12-24"),
        (datetime(2026, 12, 24, 17, tzinfo=UTC), "2026-12-24 18:00:00", "2026-12-24 18:00:00"),
    ],
)
def test_numbers_and_dates_stay_what_they_are(value: object, german: str, english: str) -> None:
    assert export.cell(value, ",") == german
    assert export.cell(value, ".") == english


def test_lines_are_written_as_they_come() -> None:
    endless = ([number] for number in iter(int, 1))
    assert list(islice(export.stream(endless, "en"), 3)) == ["\ufeff", "0\r\n", "0\r\n"]


def test_times_are_those_of_the_zone_in_which_it_was_asked_for() -> None:
    with timezone.override("Pacific/Auckland"):
        lines = export.stream([[datetime(2026, 12, 24, 17, tzinfo=UTC)]], "en")
    assert list(lines)[1] == "2026-12-25 06:00:00\r\n"


@pytest.mark.django_db
def test_the_file_holds_the_filtered_rows_and_is_written_down(administrator: Client) -> None:
    StoreFactory(name='=HYPERLINK("http://evil.example")', kind="online", number="1")
    StoreFactory(name="Nord; Süd", kind="online", number="2")
    StoreFactory(name="Laden", kind="physical", number="3")
    response = administrator.get("/settings/stores/?kind=online&sort=number&export=csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert [row[0] for row in rows] == ["Name", '\'=HYPERLINK("http://evil.example")', "Nord; Süd"]
    assert 'filename="stores.csv"' in response["Content-Disposition"]
    entry = AuditEntry.objects.get(action="list.exported")
    assert entry.detail == {"list": "stores", "filters": ["kind", "sort"]}
