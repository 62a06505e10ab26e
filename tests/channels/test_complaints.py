"""R1: a domain whose mails are reported as spam is told of at 0.1 %, pauses at 0.2 % and stops at 0.3 %."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels.arbiter import facts
from channels.delivery import complaints
from channels.delivery.complaints import Level
from channels.messages import checks
from channels.models import Account, Delivery, DeliveryEvent, Message, MessageVersion, Sender, SendingDomain
from customers.models import AuditEntry, Customer, User
from tests.channels import runs
from tests.channels.runs import NOW

DOMAIN = "linden.example"
MANY = 1_500


@pytest.mark.parametrize(
    ("reported", "mails", "level"),
    [
        (1, 10, Level.GOOD),
        (2, 1_000, Level.GOOD),  # two people are no pattern
        (100, 999, Level.GOOD),
        (9, 10_000, Level.GOOD),
        (10, 10_000, Level.ALARM),
        (19, 10_000, Level.ALARM),
        (20, 10_000, Level.PAUSE),
        (29, 10_000, Level.PAUSE),
        (30, 10_000, Level.STOP),
        (3, 1_000, Level.STOP),
        (900, 1_000, Level.STOP),
    ],
)
def test_the_level_is_by_complaints_of_a_thousand_mails(reported: int, mails: int, level: Level) -> None:
    assert complaints.level(reported, mails) is level


@pytest.fixture
def people(db: None) -> list[Customer]:
    [first] = runs.customers(1, permitted=False)
    alike(first, range(1, MANY), key="gen_random_uuid()", email="'anna' || n || '@example.org'")
    return list(Customer.objects.order_by("id"))


def alike(row: Customer | Delivery, numbers: Sequence[int], **different: str) -> None:
    """A copy of the row for each number, `n` in the SQL of the columns that are different: quicker than objects."""
    columns = [str(f.column) for f in row._meta.concrete_fields if not (f.primary_key or f.generated)]
    values = [different.get(column, column) for column in columns]
    table = row._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table}, unnest(%s::bigint[]) n WHERE {table}.id = %s",
            [list(numbers), row.pk],
        )


def sent(
    people: list[Customer],
    reported: int,
    at: Any = NOW - timedelta(hours=5),
    of: MessageVersion | None = None,
    **fields: Any,
) -> MessageVersion:
    """A mail to all of them, of whom the first have reported it."""
    version = of or runs.version()
    first = Delivery.objects.create(
        message=version.message,
        version=version,
        account=version.account,
        occurrence=1,
        customer=people[0],
        language="de",
        due_at=at,
        called_at=at,
        **{"channel": "email", "state": "delivered"} | fields,
    )
    alike(first, [person.pk for person in people[1:]], customer_id="n")
    rows = Delivery.objects.filter(message=version.message).order_by("id")[:reported]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state="complained")
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(delivery=row, kind="complained", key=f"c{row.pk}", at=at + timedelta(hours=1))
        for row in rows
    )
    return version


def domain() -> SendingDomain:
    return SendingDomain.objects.get(name=DOMAIN)


def waiting(**fields: Any) -> MessageVersion:
    """Launched, with somebody who still waits."""
    version = runs.version(**fields)
    runs.planned(version, due_at=NOW)
    return version


def paused(version: MessageVersion) -> str:
    message = Message.objects.get(pk=version.message_id)
    return message.pause_reason if message.paused_at else ""


def test_nothing_happens_below_and_an_alarm_is_told(people: list[Customer], marketer: Client) -> None:
    sent(people, 2)
    complaints.tick(NOW)
    assert not SendingDomain.objects.exists()
    DeliveryEvent.objects.all().delete()
    Delivery.objects.all().delete()
    sent(people, 3)
    sent(people[:1_300], 0)
    complaints.tick(NOW)
    assert (domain().complaints, domain().mails, domain().hold) == (3, 2_800, "")
    page = marketer.get(reverse("today")).content.decode()
    assert "0.11" in page
    assert "at 0.2 % marketing pauses by itself" in page


def test_at_two_in_a_thousand_marketing_of_that_domain_pauses_and_nothing_else(
    people: list[Customer],
) -> None:
    sent(people, 3)
    ours, service = waiting(), waiting(purpose="service")
    begins_later = runs.version()
    Message.objects.filter(pk=begins_later.message_id).update(locked_at=NOW)
    Account.objects.create(name="Phones", backend="sandbox", channel="sms")
    other = Sender.objects.create(name="O", email="a@other.example", account=ours.account)
    elsewhere, by_phone = waiting(sender=other), waiting(channels=["sms"])
    complaints.tick(NOW)
    assert domain().hold == "paused"
    assert "3 " in paused(ours)
    assert "1,500" in paused(ours) or "1.500" in paused(ours)
    assert paused(begins_later) == paused(ours)
    assert [paused(each) for each in (service, elsewhere, by_phone)] == ["", "", ""]
    assert runs.send_all(NOW)
    assert not Delivery.objects.filter(message=ours.message_id).exclude(state="planned").exists()
    entry = AuditEntry.objects.get(action="sendingdomain.held")
    assert (entry.detail["hold"], entry.detail["complaints"], entry.detail["mails"]) == ("paused", 3, 1500)


def test_what_is_launched_while_it_is_held_waits_too_and_says_why(people: list[Customer]) -> None:
    late = runs.version()  # frozen before, and planned after
    sent(people, 5)
    complaints.tick(NOW)
    assert domain().hold == "stopped"
    runs.planned(late, due_at=NOW)
    [fault] = [each for each in checks.faults(late.message) if each.place.field == "sender"]
    assert fault.blocks
    assert "Somebody who approves" in fault.sentence
    complaints.tick(NOW + timedelta(minutes=5))
    assert paused(late)
    assert AuditEntry.objects.filter(action="sendingdomain.held").count() == 1


def test_a_pause_becomes_a_stop_and_never_the_other_way(people: list[Customer]) -> None:
    second, third = runs.version(), runs.version()
    sent(people, 3)
    complaints.tick(NOW)
    sent(people, 6, of=second)
    complaints.tick(NOW + timedelta(minutes=5))
    assert (domain().hold, domain().complaints, domain().mails) == ("stopped", 9, 3_000)
    sent(people, 0, of=third)
    complaints.tick(NOW + timedelta(hours=2))
    assert (domain().hold, domain().complaints, domain().mails) == ("stopped", 9, 3_000)
    complaints.tick(NOW + timedelta(days=30))
    assert (domain().hold, domain().complaints, domain().mails) == ("stopped", 9, 3_000)


def test_only_the_mails_of_seven_days_count(people: list[Customer]) -> None:
    sent(people, 50, at=NOW - timedelta(days=7, hours=2))
    sent(people, 50, channel="sms")
    complaints.tick(NOW)
    assert not SendingDomain.objects.exclude(hold="").exists()
    sent(people, 3)
    complaints.tick(NOW)
    assert domain().hold == "paused"
    SendingDomain.objects.update(hold="")
    complaints.tick(NOW + timedelta(days=8))
    assert (domain().complaints, domain().mails, domain().hold) == (0, 0, "")


def test_an_approver_lets_it_go_on_says_what_was_changed_and_counting_begins_anew(
    people: list[Customer], approver: Client, marketer: Client
) -> None:
    sent(people, 5)
    waiting()
    complaints.tick(NOW)
    page = reverse("domain_release", args=[DOMAIN])
    assert page in approver.get(reverse("today")).content.decode()
    assert page not in marketer.get(reverse("today")).content.decode()
    assert marketer.post(page, {"note": "trust me"}).status_code == 403
    assert "0.33" in approver.get(page).content.decode()
    assert "This field is required" in approver.post(page, {"note": ""}).content.decode()
    assert domain().hold == "stopped"
    said = approver.post(page, {"note": "The list of the fair is out."}, follow=True).content.decode()
    assert "may go on" in said
    entry = AuditEntry.objects.get(action="sendingdomain.released")
    assert (entry.detail["note"], entry.detail["complaints"]) == ("The list of the fair is out.", 5)
    assert approver.post(page, {"note": "again"}, follow=True).status_code == 200
    assert AuditEntry.objects.filter(action="sendingdomain.released").count() == 1
    SendingDomain.objects.update(released_at=NOW)
    complaints.tick(NOW + timedelta(minutes=5))
    assert domain().hold == ""
    sent(people, 4, at=NOW + timedelta(hours=1))
    complaints.tick(NOW + timedelta(hours=3))
    assert (domain().hold, domain().complaints, domain().mails) == ("paused", 4, 1_500)


def test_a_pause_needs_no_reason(people: list[Customer], approver: Client) -> None:
    sent(people, 3)
    complaints.tick(NOW)
    approver.post(reverse("domain_release", args=[DOMAIN]), {"note": ""})
    assert domain().hold == ""


def test_the_page_of_the_domain_tells_it(
    people: list[Customer], admin_client: Client, admin_user: User
) -> None:
    User.objects.filter(pk=admin_user.pk).update(language="en")
    version = sent(people, 5)
    type(version.account).objects.update(backend="smtp", settings={"host": "localhost"})
    complaints.tick(NOW)
    page = admin_client.get(reverse("domain", args=[DOMAIN])).content.decode()
    assert "0.33% were reported as spam (5 of 1,500)" in page
    assert reverse("domain_release", args=[DOMAIN]) in page


def test_it_takes_as_many_statements_however_many_mails(people: list[Customer]) -> None:
    counts, versions = [], (runs.version(), runs.version())
    for version, number in zip(versions, (3, 12), strict=True):
        sent(people[: 1_000 + number], number, of=version)
        with CaptureQueriesContext(connection) as queries:
            complaints.tick(NOW + timedelta(hours=number))
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_what_a_fallback_plans_meanwhile_waits_without_a_tick(db: None) -> None:
    runs.customers(1)
    mail, text, service = (runs.version() for _each in range(3))
    SendingDomain.objects.create(name=DOMAIN, hold="paused")
    Message.objects.filter(pk=service.message_id).update(purpose="service")
    rows = [row for version in (mail, text, service) for row in runs.planned(version)]
    Delivery.objects.filter(message=text.message_id).update(channel="sms")
    held = {row.message_id: row.paused for row in facts.load([row.pk for row in rows])}
    assert held == {mail.message_id: True, text.message_id: False, service.message_id: False}
    assert complaints.holding(mail.message) is not None
    Message.objects.filter(pk=text.message_id).update(channels=["sms"])
    text.message.refresh_from_db()
    assert complaints.holding(text.message) is None


def test_a_count_from_before_the_release_holds_nothing(people: list[Customer], monkeypatch: Any) -> None:
    """Somebody lets it go on while a tick counts the mails of before."""
    sent(people, 5)
    counted = complaints._complaints(NOW)
    SendingDomain.objects.create(name=DOMAIN, released_at=NOW)
    monkeypatch.setattr(complaints, "_complaints", lambda at: counted)
    complaints.tick(NOW)
    assert (domain().hold, domain().complaints) == ("", 0)
    SendingDomain.objects.update(released_at=NOW - timedelta(days=9))
    complaints.tick(NOW)
    assert domain().hold == "stopped"
