"""Fixed lists: who is found by number or address, who is not and why, and what the segments make of it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from customers import fixed_lists
from customers.fixed_lists import adding, entries
from customers.imports.faults import FileRefused
from customers.models import (
    AuditEntry,
    Customer,
    Dirty,
    FixedList,
    FixedListReject,
    FixedListUpload,
    Identity,
    Segment,
    User,
)
from customers.segments import compiler, words
from tests.customers import sheets
from tests.customers.test_membership import NOON, members, tick
from tests.factories import CustomerFactory, SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def person(number: str = "", source: str = "shop", **fields: Any) -> Customer:
    made: Customer = CustomerFactory(**fields)
    if number:
        Identity.objects.create(customer=made, source=source, number=number)
    return made


@pytest.fixture
def user() -> User:
    return UserFactory(in_role="marketer")


@pytest.fixture
def guests(user: User) -> FixedList:
    return fixed_lists.create("Guests", user, NOON)


def add(guests: FixedList, text: str) -> FixedListUpload:
    user = User.objects.get(pk=guests.created_by_id)
    return adding.add(guests, entries.pasted(text), user, NOON)


def on(guests: FixedList) -> set[int]:
    return set(guests.members.values_list("customer_id", flat=True))


def rejects(upload: FixedListUpload) -> list[tuple[str, int, str]]:
    return list(upload.rejects.order_by("line", "pk").values_list("reason", "line", "text"))


def test_every_entry_is_found_or_told_with_its_line(guests: FixedList) -> None:
    anna = person("1001", email="Anna@Example.org")
    berta, carla = person("1002", email="b@example.org"), person("C 3", email="c@example.org")
    person("77", "shop", email="same@example.org")
    person("77", "till", email="SAME@example.org")
    text = (
        "anna@example.org\n1002; C 3, 1001\n\n 77 \n9999\nsame@example.org\nx@y\n" + "1" * 121 + "\nno\x01pe"
    )
    upload = add(guests, text)
    assert on(guests) == {anna.pk, berta.pk, carla.pk}
    assert (upload.entries, upload.found, upload.added) == (10, 3, 3)
    assert (upload.unknown, upload.ambiguous, upload.malformed) == (1, 2, 3)
    assert [(reason, line) for reason, line, _text in rejects(upload)] == [
        ("ambiguous", 4),
        ("unknown", 5),
        ("ambiguous", 6),
        ("malformed", 7),
        ("malformed", 8),
        ("malformed", 9),
    ]
    guests.refresh_from_db()
    assert guests.size == 3


def test_adding_again_adds_nobody_twice(guests: FixedList) -> None:
    person("1")
    assert add(guests, "1\n1\n1").added == 1
    again = add(guests, "1")
    assert (again.found, again.added) == (1, 0)
    guests.refresh_from_db()
    assert guests.size == 1


def test_merged_people_count_as_who_they_became_and_erased_ones_are_not_found(guests: FixedList) -> None:
    winner = person("1", email="w@example.org")
    person("2", email="l@example.org", merged_into=winner)
    person("3", email="gone@example.org", erased_at=NOON)
    upload = add(guests, "2\n3\nw@example.org\nl@example.org\ngone@example.org")
    assert on(guests) == {winner.pk}
    assert (upload.found, upload.unknown) == (1, 2)


def test_text_stays_text(guests: FixedList) -> None:
    person("1")
    upload = add(guests, "' OR 1=1 --\n%s\n{}\n\\.\n\\N\n1'); DROP TABLE customers_customer")
    assert on(guests) == set()
    assert upload.unknown == upload.entries
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"email;name\nanna@example.org;Anna\nb@example.org;Berta\n",
            [(2, "anna@example.org"), (3, "b@example.org")],
        ),
        (b"\xef\xbb\xbfanna@example.org\r\nb@example.org", [(1, "anna@example.org"), (2, "b@example.org")]),
        ("Kundennummer\n1\n".encode("utf-16"), [(2, "1")]),
        (gzip.compress(b'"1001","x"\n"1002","y"\n', mtime=0), [(1, "1001"), (2, "1002")]),
        (b"1\n\n \n2", [(1, "1"), (4, "2")]),
    ],
)
def test_the_first_column_of_a_file_counts(tmp_path: Path, content: bytes, expected: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert [(entry.line, entry.text) for entry in entries.uploaded(path)] == expected


def test_the_first_column_of_a_workbooks_first_filled_sheet_counts(tmp_path: Path) -> None:
    path = sheets.workbook(
        tmp_path / "a.xlsx",
        [["Kundennummer", "Name"], [1001, "Anna"], [1002.0], [None, "nobody"], [7, "x"], ["b@example.org"]],
        formats={"A5": "0000"},
    )
    found = [(entry.line, entry.text) for entry in entries.uploaded(path)]
    assert found == [(2, "1001"), (3, "1002"), (5, "0007"), (6, "b@example.org")]
    book = load_workbook(path)
    book.create_sheet("Notes", 0)
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    book["Hidden"]["A1"] = "999"
    book.save(path)
    assert [(entry.line, entry.text) for entry in entries.uploaded(path)] == found


BAD_BOOKS = {
    "empty": lambda path: sheets.workbook(path, []),
    "cut off": lambda path: path.write_bytes(sheets.workbook(path, [[1]] * 500).read_bytes()[:3000]),
    "torn": lambda path: sheets.raw(path, "<row><c><v>1</v>"),
    "text that is not there": lambda path: sheets.raw(
        path, '<row><c t="s"><v>7</v></c></row>', strings="<si/>"
    ),
    "rows upside down": lambda path: sheets.raw(path, sheets.row("1", number=9) + sheets.row("2", number=3)),
    "bomb": lambda path: sheets.raw(path, sheets.row("1") + " " * 60_000_000),
    "other archive": lambda path: path.write_bytes(sheets.packed(**{"a.txt": b"1"})),
    "old format": lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"\0" * 600),
}


@pytest.mark.parametrize("kind", BAD_BOOKS)
def test_a_workbook_that_cannot_be_read_is_refused_and_makes_no_list(
    marketer: Client, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "people.xlsx"
    BAD_BOOKS[kind](path)
    with pytest.raises(FileRefused):
        list(entries.uploaded(path))
    file = SimpleUploadedFile(path.name, path.read_bytes())
    answer = marketer.post(reverse("fixed_list_create"), {"name": "Guests", "file": file})
    assert (answer.status_code, FixedList.objects.exists()) == (200, False)
    assert 'id="id_file_error"' in answer.content.decode()


def test_people_come_from_a_workbook(marketer: Client, guests: FixedList, tmp_path: Path) -> None:
    anna = person("1")
    path = sheets.workbook(tmp_path / "people.xlsx", [["Nummer"], [1], [2], ["#N/A"]])
    file = SimpleUploadedFile("people.xlsx", path.read_bytes())
    answer = marketer.post(reverse("fixed_list_add", args=[guests.pk]), {"file": file})
    assert "people.xlsx" in marketer.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert on(guests) == {anna.pk}
    assert [reject[1:] for reject in rejects(FixedListUpload.objects.get())] == [(3, "2"), (4, "#N/A")]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04xx", b"\x1f\x8bxx", "ä\n".encode() + b"\xe4\n"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused):
        list(entries.uploaded(path))


def test_too_many_entries_are_refused_with_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST", 2)
    with pytest.raises(FileRefused) as refused:
        list(entries.pasted("1\n2\n3"))
    assert refused.value.facts == {"line": 3, "most": 2}


def test_ten_entries_cost_as_many_statements_as_a_thousand(guests: FixedList) -> None:
    for number in range(20):
        person(str(number))

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            add(guests, "\n".join(str(number) for number in range(count)))
        return len(captured)

    assert statements(10) == statements(1000)


def test_a_segment_follows_within_a_tick_and_an_exclusion_is_a_rule(guests: FixedList, user: User) -> None:
    anna, jane = person("1"), person("2")
    on_list = {"condition": "on_list", "params": {"lists": [guests.pk]}}
    invited = SegmentFactory(rule={"all": [on_list]}, revision=1)
    others = SegmentFactory(rule={"none": [on_list]}, revision=1)
    tick()
    assert (members(invited), members(others)) == (set(), {anna.pk, jane.pk})
    add(guests, "1")
    tick()
    assert (members(invited), members(others)) == ({anna.pk}, {jane.pk})
    assert fixed_lists.remove(guests, guests.members.all(), user, NOON) == 1
    tick()
    assert (members(invited), members(others)) == (set(), {anna.pk, jane.pk})
    assert words.sentence(invited.rule) == "Customers for whom: is on the list “Guests”."


def test_many_people_mark_everybody_in_one_row(guests: FixedList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixed_lists, "MOST_MARKED", 2)
    for number in range(3):
        person(str(number))
    add(guests, "0\n1\n2")
    assert list(Dirty.objects.values_list("customer_id", flat=True)) == [0]


def test_names_are_needed_and_taken_once(guests: FixedList, user: User) -> None:
    for name in (" ", "GUESTS"):
        with pytest.raises(fixed_lists.Refused):
            fixed_lists.create(name, user, NOON)
    other = fixed_lists.create("Others", user, NOON)
    with pytest.raises(fixed_lists.Refused):
        fixed_lists.rename(other, "guests", user, NOON)
    fixed_lists.rename(guests, "guests", user, NOON)


def test_rejected_entries_are_forgotten(guests: FixedList) -> None:
    upload = add(guests, "stranger@example.org")
    assert fixed_lists.forget_rejects(NOON) == 0
    assert fixed_lists.forget_rejects(NOON.replace(day=30)) == 1
    upload.refresh_from_db()
    assert upload.unknown == 1
    assert not FixedListReject.objects.exists()


# --- The pages ---


def test_a_list_is_made_by_pasting(marketer: Client) -> None:
    anna = person("1", first_name="Erna", last_name="Ernst", email="erna@example.org")
    answer = marketer.post(
        reverse("fixed_list_create"), {"name": "Guests", "text": "1\nnobody@example.org\nx@"}
    )
    text = marketer.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "1 person is new on the list" in text
    assert "nobody@example.org" in text
    assert "line 3" in text
    guests = FixedList.objects.get()
    page = reverse("fixed_list", args=[guests.pk])
    assert "Erna Ernst" in marketer.get(page).content.decode()
    assert "Erna Ernst" not in marketer.get(page, {"q": "berta"}).content.decode()
    exported = b"".join(marketer.get(page, {"export": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert "erna@example.org" in exported
    file = marketer.get(f"{answer.url}rejects.csv")  # type: ignore[attr-defined]
    assert "nobody@example.org" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    malformed = marketer.get(f"{answer.url}rejects.csv", {"reason": "malformed"})  # type: ignore[attr-defined]
    assert "x@" in b"".join(malformed.streaming_content).decode()  # type: ignore[attr-defined]
    marketer.post(page, {"action": "remove", "ids": [guests.members.get(customer=anna).pk], "confirmed": "1"})
    assert on(guests) == set()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"list.added", "list.extended", "list.shortened"} <= actions


def test_more_people_come_from_a_file(marketer: Client, guests: FixedList) -> None:
    anna = person("1")
    file = SimpleUploadedFile("people.csv", b"number;name\n1;Anna\n2;Berta\n")
    answer = marketer.post(reverse("fixed_list_add", args=[guests.pk]), {"file": file})
    assert "people.csv" in marketer.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert on(guests) == {anna.pk}


@pytest.mark.parametrize(
    ("posted", "sentence"),
    [
        ({"name": "X"}, "Enter somebody here"),
        ({"name": "", "text": "1"}, "required"),
        ({"name": "guests", "text": "1"}, "has this name"),
        ({"name": "X", "file": b""}, "empty"),
        ({"name": "X", "file": b"PK\x03\x04"}, "XLSX"),
        ({"name": "X", "text": "1", "file": b"1"}, "Either the text or the file"),
    ],
)
def test_what_is_wrong_is_told_and_no_list_is_made(
    marketer: Client, guests: FixedList, posted: dict[str, Any], sentence: str
) -> None:
    files = {"file": SimpleUploadedFile("a.csv", posted["file"])} if "file" in posted else {}
    text = marketer.post(reverse("fixed_list_create"), posted | files).content.decode()
    assert sentence in text
    assert FixedList.objects.count() == 1


def test_a_list_in_use_cannot_be_deleted(marketer: Client, guests: FixedList) -> None:
    rule = {"none": [{"condition": "on_list", "params": {"lists": [guests.pk]}}]}
    segment = SegmentFactory(name="Not them", rule=rule)
    page = reverse("fixed_list_delete", args=[guests.pk])
    assert "segment “Not them”" in marketer.post(page).content.decode()
    assert FixedList.objects.exists()
    Segment.objects.filter(pk=segment.pk).delete()
    marketer.post(page)
    assert not FixedList.objects.exists()
    assert "does not exist" in compiler.compile_rule(rule, NOON).faults[0]
    assert AuditEntry.objects.filter(action="list.deleted").exists()


def test_a_list_is_renamed(marketer: Client, guests: FixedList) -> None:
    marketer.post(reverse("fixed_list_rename", args=[guests.pk]), {"name": "Dinner guests"})
    text = marketer.get(reverse("fixed_list_list")).content.decode()
    assert "Dinner guests" in text


def test_an_analyst_sees_no_names(sign_in: Any, guests: FixedList) -> None:
    person("1", first_name="Erna", last_name="Ernst", email="erna@example.org")
    add(guests, "1")
    text = sign_in("analyst").get(reverse("fixed_list", args=[guests.pk])).content.decode()
    assert "E. E." in text
    assert "Ernst" not in text
    assert "erna@" not in text
