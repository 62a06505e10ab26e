"""Erasing a person: what names or describes her is gone everywhere, the books and the suppression stay."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import Error, connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.models import Attribution
from channels import consent, suppression
from channels.models import Consent, Delivery, OptIn, Permission, Reach, SandboxMail, Suppression
from customers import event_months, interests, people, privacy
from customers.models import (
    ApiKey,
    AuditEntry,
    Category,
    Customer,
    Erasure,
    Event,
    FixedList,
    FixedListMember,
    FixedListReject,
    FixedListUpload,
    Identity,
    ImportJob,
    InboxBatch,
    Origin,
    Rejection,
    Visitor,
)
from customers.privacy import Asked
from customers.tracking.inbox import Content
from customers.tracking.messages import Message
from tests.channels import runs
from tests.channels.people import yes
from tests.factories import NOON, OrderFactory, UserFactory

pytestmark = pytest.mark.django_db
ASKED = Asked(Erasure.By.CUSTOMER, NOON)
SECRETS = ("ahrens", "anna0@example.org", "+4951112345", "hildesheim", "browser-7", "192.0.2.7")


@pytest.fixture
def anna() -> Customer:
    """Everything that we can know of somebody; and Bea, of whom nothing may be lost."""
    anna, bea = runs.customers(2, last_name="Ahrens", phone="+4951112345", city="Hildesheim")
    Customer.objects.filter(pk=bea.pk).update(
        last_name="Brandt", phone="+4930", city="Celle", email="bea@example.org"
    )
    Identity.objects.create(source="shop", number="K1", customer=anna)
    consent.record(
        [yes(anna), consent.Statement(anna.pk, "email", False, "staff", NOON, evidence={"ip": "192.0.2.7"})],
        NOON,
    )
    consent.record([yes(anna, minutes=5)], NOON + timedelta(hours=1))
    runs.planned(runs.version())
    runs.send_all()
    runs.planned(runs.version(), due_at=runs.NOW + timedelta(days=9))
    visitor = Visitor.objects.create(anonymous_id="browser-7", customer=anna)
    event_months.ensure([NOON])
    for who in ({"customer_id": anna.pk}, {"visitor_id": visitor.pk}):
        Event.objects.create(at=NOON, kind="search", source="shop", properties={"q": "Ahrens"}, **who)
    Event.objects.create(at=NOON, kind="search", source="shop", customer_id=bea.pk)
    order = OrderFactory(customer=anna)
    delivery = Delivery.objects.filter(customer=anna).earliest("pk")
    Delivery.objects.filter(pk=delivery.pk).update(
        detail="250 ok anna0@example.org", context={"code": "ahrens"}
    )
    interests.choose(anna.pk, [Category.objects.create(path="Wool").pk], [], NOON)
    OptIn.objects.create(
        channel="email", language="de", address_key=suppression.address_key("email", anna.email), mailbox_key="m",
        evidence={"ip": "192.0.2.7"}, asked_at=NOON,
    )  # fmt: skip
    assert order.customer_id == anna.pk
    return anna


def raw(anna: Customer) -> None:
    named = FixedList.objects.create(name="Guests", size=2)
    for person in Customer.objects.all():
        FixedListMember.objects.create(fixed_list=named, customer=person, added_at=NOON)
    upload = FixedListUpload.objects.create(fixed_list=named, at=NOON)
    FixedListReject.objects.create(upload=upload, line=1, text="Anna0@example.org", reason="ambiguous")
    job = ImportJob.objects.create(kind="customers", file_name="f.csv", digest="d", source="shop")
    Rejection.objects.create(job=job, line=2, reason="r", cells=["K9", " Anna0@example.ORG ", "Ahrens"])
    Rejection.objects.create(job=job, line=3, reason="r", cells=["K8", "bea@example.org"])
    key = ApiKey.objects.create(name="k", kind="server", source="shop", hash="h")
    about = {"type": "identify", "timestamp": "2026-11-02T12:00:00Z"}
    messages = [
        Message(message_id="1", user_id="K1", **about),
        Message(message_id="2", user_id="K2", traits={"email": "ANNA0@example.org"}, **about),
        Message(message_id="3", anonymous_id="browser-7", **about),
        Message(message_id="4", user_id="K3", traits={"email": "bea@example.org"}, **about),
    ]
    InboxBatch.objects.create(key=key, messages=4, body=msgspec.json.encode(Content(messages)), parked=True)


def everything() -> str:
    """All text of the database, lower case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        texts = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            texts.append(f"{table}: {cursor.fetchone()[0]}")
        cursor.execute(
            "SELECT coalesce(string_agg(convert_from(body, 'UTF8'), chr(10)), '') FROM customers_inboxbatch"
        )
        texts.append(f"inbox: {cursor.fetchone()[0]}")
    return "\n".join(texts).lower()


def test_nothing_that_names_her_is_left_anywhere(anna: Customer) -> None:
    raw(anna)
    before = everything()
    assert [secret for secret in SECRETS if secret not in before] == []  # the control: it stood there
    assert privacy.erase(anna.pk, ASKED, NOON)
    rest = everything()
    assert [secret for secret in SECRETS if secret in rest] == []
    assert "bea@example.org" in rest
    [batch] = InboxBatch.objects.all()
    assert batch.messages == 1
    assert FixedList.objects.get().size == FixedListMember.objects.count() == 1


def test_books_and_ledgers_still_add_up(anna: Customer) -> None:
    statements = Consent.objects.count()
    privacy.erase(anna.pk, ASKED, NOON)
    anna.refresh_from_db()
    assert anna.erased_at == NOON
    assert anna.orders.count() == 1
    assert Consent.objects.count() == statements
    assert consent.check_permissions() == []
    assert Permission.objects.filter(customer=anna).exists()
    states = list(Delivery.objects.filter(customer=anna).order_by("pk").values_list("state", "reason"))
    assert states == [("accepted", ""), ("withheld", "erased")]
    assert Event.objects.count() == 1
    assert Reach.objects.get(customer=anna).address_key == ""
    assert SandboxMail.objects.count() == 1  # Bea's
    assert not Attribution.objects.exists()


def test_a_suppression_outlives_her_and_meets_whoever_comes_with_that_address(anna: Customer) -> None:
    suppression.suppress("email", [anna.email], Suppression.Reason.OBJECTION, NOON)
    privacy.erase(anna.pk, ASKED, NOON)
    [back] = runs.customers(1, email="Anna0@Example.org")
    version = runs.version()
    runs.planned(version, occurrence=7)
    runs.send_all()
    assert Delivery.objects.get(customer=back, message=version.message_id).reason == "suppressed"


def test_the_journal_says_who_when_and_what_and_names_nobody(anna: Customer) -> None:
    staff = UserFactory()
    entry = privacy.erase(anna.pk, Asked(Erasure.By.STAFF, NOON - timedelta(days=1), staff), NOON)
    assert entry is not None
    assert (entry.by, entry.user, entry.asked_at, entry.at) == (
        "staff",
        staff,
        NOON - timedelta(days=1),
        NOON,
    )
    assert entry.hashes == [suppression.address_key("email", "anna0@example.org")]
    assert entry.counts["profiles"] == 1
    assert entry.counts["events"] == 2
    assert entry.counts["consents"] == 4
    assert AuditEntry.objects.get(action="customer.erased").user == staff
    with pytest.raises(Error), transaction.atomic():
        Erasure.objects.update(by="customer")


def test_erasing_twice_is_once(anna: Customer) -> None:
    assert privacy.erase(anna.pk, ASKED, NOON)
    assert privacy.erase(anna.pk, ASKED, NOON) is None
    assert Erasure.objects.count() == 1


def test_profiles_merged_into_hers_go_with_her(anna: Customer) -> None:
    [twin] = runs.customers(1, last_name="Ahrens-Alt")
    Customer.objects.filter(pk=twin.pk).update(merged_into=anna)
    entry = privacy.erase(anna.pk, ASKED, NOON)
    twin.refresh_from_db()
    assert (twin.last_name, twin.email) == ("", "")
    assert entry is not None
    assert len(entry.hashes) == 2


def test_a_source_that_knows_her_number_brings_nothing_back(anna: Customer) -> None:
    privacy.erase(anna.pk, ASKED, NOON)
    outcome = people.record([people.Person("K1", {"last_name": "Ahrens"})], NOON, Origin.LIVE, "shop")
    assert outcome["K1"].what == "erased"
    anna.refresh_from_db()
    assert anna.last_name == ""


def test_a_restored_backup_is_erased_again_by_the_journal(anna: Customer) -> None:
    key = str(anna.key) if anna.key else str(Customer.objects.get(pk=anna.pk).key)
    assert privacy.replay([key], NOON) == 1
    assert privacy.replay([key], NOON) == 0
    assert Erasure.objects.get().by == "replay"


def test_the_export_holds_what_is_kept_and_only_hers(anna: Customer) -> None:
    tables = {table.key: table for table in privacy.export([anna.pk])[anna.pk]}
    text = json.dumps({key: list(table.rows) for key, table in tables.items()}, default=str)
    assert {
        "profile",
        "numbers",
        "orders",
        "events",
        "consents",
        "deliveries",
        "visitors",
        "interests",
    } <= set(tables)
    assert "Hildesheim" in text
    assert "bea@" not in text
    assert len(tables["events"].rows) == 1
    assert all(set(row) == set(table.columns) for table in tables.values() for row in table.rows)


@pytest.mark.parametrize("part", privacy.ordered(), ids=lambda part: part.key)
def test_a_part_asks_the_same_number_of_queries_for_one_and_for_many(part: Any) -> None:
    ids = [person.pk for person in runs.customers(20)]
    counts = []
    for asked in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            part.export(asked)
            with transaction.atomic(), privacy.emptying_evidence():
                part.erase(asked, NOON)
        counts.append(len(queries))
    assert counts[0] == counts[1]
