"""Somebody objects to advertising by phone: from then on nothing goes out, on whatever channel she is reached."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, suppression, withdrawals
from channels.arbiter import eligibility, facts
from channels.arbiter.rows import Act
from channels.models import Account, Channel, Consent, Delivery, Message, Reach, Suppression
from customers.models import AuditEntry, Customer
from tests.channels import people, runs
from tests.channels.runs import NOW
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "+491701234567"
EVERY = list(Channel.values)


@pytest.fixture
def anna() -> Customer:
    return reached("anna@example.org", NUMBER, browser="browsers-of-anna")


def reached(email: str, phone: str = "", browser: str = "") -> Customer:
    """Somebody who has agreed to everything, on every channel."""
    person = people.customer(email, phone=phone, language="de")
    person.refresh_from_db()
    suppression.refresh_keys([person.pk], EVERY)
    key = suppression.address_key("push", browser)
    Reach.objects.create(customer=person, channel="push", address=browser, address_key=key)
    agree(person)
    return person


def agree(person: Customer, minutes: int = 0) -> None:
    yes = people.yes(person, minutes=minutes)
    said = [consent.Statement(**(vars(yes) | {"channel": channel})) for channel in EVERY]
    consent.record(said, timezone.now())


def object_by_phone(client: Client, person: Customer) -> Any:
    on = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    said = {"scope": "objection", "how": "by phone", "on": on}
    return client.post(reverse("consent_withdraw", args=[person.pk]), said, follow=True)


def waiting(person: Customer) -> list[int]:
    """A message to her on each channel, planned and due."""
    for channel in EVERY[1:]:
        Account.objects.get_or_create(name=channel, defaults={"backend": "scripted", "channel": channel})
    version = runs.version(backend="scripted", channels=EVERY)
    accounts = dict(Account.objects.values_list("channel", "pk"))
    rows = Delivery.objects.bulk_create(
        Delivery(
            message=version.message,
            occurrence=1,
            customer=person,
            attempt=number,
            version=version,
            account_id=accounts[channel],
            channel=channel,
            language="de",
            due_at=NOW,
        )
        for number, channel in enumerate(EVERY)
    )
    return [row.pk for row in rows]


def answers(ids: list[int]) -> dict[str, str]:
    """What the sender is told of each channel."""
    rows = facts.load(ids)
    verdicts = eligibility.judge(rows, NOW, set())
    return {row.channel: f"{verdicts[row.id].act} {verdicts[row.id].reason}".strip() for row in rows}


def test_nothing_goes_out_on_any_channel_afterwards(marketer: Client, anna: Customer) -> None:
    runs.scripted()
    ids = waiting(anna)
    assert answers(ids) == dict.fromkeys(EVERY, str(Act.SEND))
    page = object_by_phone(marketer, anna).content.decode()
    assert "It holds from now on" in page
    assert answers(ids) == dict.fromkeys(EVERY, "withhold no_consent")
    backend = runs.scripted()
    runs.send_all()
    assert backend.calls == []
    agree(anna, minutes=60 * 24 * 365)  # and no later yes, such as one out of an import, undoes it
    assert answers(waiting(anna)) == dict.fromkeys(EVERY, "withhold suppressed")


def test_a_receipt_still_reaches_her(marketer: Client, anna: Customer) -> None:
    ids = waiting(anna)
    object_by_phone(marketer, anna)
    Message.objects.update(purpose="service")
    assert answers(ids) == dict.fromkeys(EVERY, str(Act.SEND))


def test_it_is_written_down_for_each_channel_with_who_and_how(marketer: Client, anna: Customer) -> None:
    object_by_phone(marketer, anna)
    rows = Consent.objects.filter(basis="staff")
    assert sorted(rows.values_list("channel", flat=True)) == sorted(EVERY)
    assert {(row.state, row.topic, row.evidence["how"]) for row in rows} == {("withdrawn", None, "by phone")}
    assert dict(Suppression.objects.values_list("channel", "reason")) == dict.fromkeys(EVERY, "objection")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail["objection"]) == ("consent.withdrawn", True)
    assert entry.detail["channels"] == sorted(EVERY)
    assert NUMBER not in str(entry.detail)


def test_what_she_clicks_is_not_evaluated_any_more(marketer: Client, anna: Customer) -> None:
    consent.record([people.yes(anna, purpose="tracking")], timezone.now())
    object_by_phone(marketer, anna)
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_track
    tracking = Consent.objects.filter(purpose="tracking", state="withdrawn")
    assert [row.channel for row in tracking] == ["email"]  # of the others nobody had asked her


def test_somebody_without_an_e_mail_address_is_left_alone_too(marketer: Client) -> None:
    bea = reached("", NUMBER)
    ids = waiting(bea)
    before = answers(ids)
    assert (before["sms"], before["whatsapp"], before["email"]) == ("send", "send", "withhold no_address")
    object_by_phone(marketer, bea)
    assert set(answers(ids).values()) == {"withhold no_consent"}
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"sms", "whatsapp", "in_app"}


def test_it_holds_for_whoever_has_the_number_but_not_for_her_own_mailbox(
    marketer: Client, anna: Customer
) -> None:
    cora = reached("cora@example.org", NUMBER)
    object_by_phone(marketer, anna)
    found = answers(waiting(cora))
    assert (found["sms"], found["whatsapp"]) == ("withhold suppressed", "withhold suppressed")
    assert (found["email"], found["in_app"]) == ("send", "send")


def test_it_takes_few_queries_however_many_share_the_number(
    anna: Customer, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        reached(f"b{number}@example.org", NUMBER)
    told = withdrawals.Told("by phone", NOW, UserFactory())
    with django_assert_max_num_queries(20):
        withdrawals.object_to_advertising(anna.pk, told, NOW)
    assert Suppression.objects.count() == len(EVERY)
