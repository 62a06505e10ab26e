"""The audit log only grows."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from config import formats
from customers import audit
from customers.models import AuditEntry, User
from tests.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def entry() -> AuditEntry:
    return audit.record(
        UserFactory(email="a@example.org"), "store.changed", StoreFactory(), AT, fields=["name"]
    )


def test_an_entry_says_who_did_what_to_which_thing(entry: AuditEntry) -> None:
    entry.refresh_from_db()
    assert (entry.user_label, entry.action, entry.subject_type) == (
        "a@example.org",
        "store.changed",
        "customers.store",
    )
    assert (entry.at, entry.detail) == (AT, {"fields": ["name"]})


@pytest.mark.parametrize(
    "sql", ["UPDATE customers_auditentry SET action = 'x'", "DELETE FROM customers_auditentry"]
)
def test_the_database_refuses_to_change_or_delete_an_entry(entry: AuditEntry, sql: str) -> None:
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditEntry.objects.get().action == "store.changed"


def test_an_account_with_entries_cannot_be_deleted(entry: AuditEntry) -> None:
    with pytest.raises(ProtectedError):
        User.objects.get(email="a@example.org").delete()


def test_the_system_itself_can_have_done_it() -> None:
    assert audit.record(None, "import.finished", None, AT).user_label == ""


def test_the_page_tells_it_in_words(administrator: Client) -> None:
    store = StoreFactory()
    audit.record(administrator.user, "team.changed", store, AT, roles_added=["analyst"], roles_removed=[])  # type: ignore[attr-defined]
    text = administrator.get(reverse("audit_list")).content.decode()
    assert "team member changed" in text
    assert "roles added: Analysis" in text
    assert f"store {store.pk}" in text


def test_details_are_told_as_pages_call_them(administrator: Client) -> None:
    user, store = administrator.user, StoreFactory()  # type: ignore[attr-defined]
    audit.record(user, "store.changed", store, AT, fields=["time_zone", "gone_by_now"])
    audit.record(user, "servicemessage.switched", None, AT, active=False)
    audit.record(user, "gift_card.voided", None, AT, amount=1250, currency="CHF")
    text = administrator.get(reverse("audit_list")).content.decode()
    assert "fields: time zone, gone_by_now" in text
    assert "active: no" in text
    assert f"amount: {formats.money(1250, 'CHF')}" in text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("store", {"store.changed"}),
        ("STORE {store}", {"store.changed"}),
        ("{store} vera", {"store.changed"}),
        ("vera", {"store.changed", "list.exported"}),
        ("exported", {"list.exported"}),
        ("vera@linden", {"store.changed", "list.exported"}),
        ("olaf", {"team.changed"}),
        ("olaf store", set()),
        ("%", set()),
    ],
)
def test_entries_are_found_by_person_act_and_thing(
    administrator: Client, typed: str, found: set[str]
) -> None:
    vera = UserFactory(email="vera@linden.example", first_name="Vera")
    olaf, store = UserFactory(email="olaf@linden.example", first_name="Olaf"), StoreFactory()
    audit.record(vera, "store.changed", store, AT, fields=["name"])
    audit.record(vera, "list.exported", None, AT, list="customers")
    audit.record(olaf, "team.changed", olaf, AT)
    rows = administrator.get(reverse("audit_list"), {"q": typed.format(store=store.pk)}).context["table"].rows
    assert {row.record.action for row in rows} == found


def test_saving_a_store_is_written_down(administrator: Client) -> None:
    store = StoreFactory(name="Nord", number="1")
    data = {"number": "1", "name": "Süd", "kind": "physical", "country": "DE", "time_zone": "Europe/Berlin"}
    administrator.post(reverse("store_edit", args=[store.pk]), data | {"city": store.city})
    assert AuditEntry.objects.get(action="store.changed").detail == {"fields": ["name"]}
