"""Two workers at the same moment, on real connections; each with the control that fails without its lock."""

import threading
import time
from typing import Any

import pytest
from django.db import IntegrityError

from customers import idempotency
from customers.models import ApiKey, Customer, Event, Identity, Order, Shop
from customers.tracking import profiles
from tests.channels.test_consent_races import together
from tests.customers.test_tracking_story import MESSAGES, end_of
from tests.customers.tracked import AT, apply, identify, key, state
from tests.factories import CustomerFactory, StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    StoreFactory(number="003")


def test_two_workers_with_the_same_messages_record_them_once() -> None:
    expected = end_of([MESSAGES])
    by = key()
    backwards = [MESSAGES[start : start + 3] for start in range(0, len(MESSAGES), 3)][::-1]
    together(
        lambda: [apply([message], by) for message in MESSAGES],
        lambda: [apply(parcel, by) for parcel in backwards],
    )
    assert state() == expected
    assert Event.objects.count() == 16
    assert Order.objects.filter(kind="order").count() == 3


def two_sources() -> tuple[Customer, ApiKey, ApiKey]:
    anna = CustomerFactory(first_name="")
    for source in ("shop", "app"):
        Identity.objects.create(customer=anna, source=source, number="7")
    return anna, key(source="shop"), key(source="app")


def say_two_names(shop: ApiKey, app: ApiKey) -> None:
    together(
        lambda: apply([identify("7", 10, firstName="Old")], shop),
        lambda: apply([identify("7", 5, firstName="New")], app),
    )


def test_of_two_sources_at_once_the_newer_word_stays() -> None:
    for _round in range(10):
        anna, shop, app = two_sources()
        say_two_names(shop, app)
        anna.refresh_from_db()
        assert anna.first_name == "New"
        Identity.objects.all().delete()


def test_without_the_lock_the_older_word_can_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read, newer_is_written = threading.Barrier(2, timeout=10), threading.Event()
    read, write = profiles._leave_older, profiles._note

    def read_and_wait(newest: Any, browser: bool) -> None:
        read(newest, browser)
        both_have_read.wait()
        if any(value == "Old" for fields in newest.values() for _stamp, value in fields.values()):
            newer_is_written.wait(10)
            time.sleep(0.2)  # until it is committed, too

    def write_and_tell(news: Any) -> None:
        write(news)
        newer_is_written.set()

    monkeypatch.setattr(profiles, "STATED", profiles.STATED.replace("FOR UPDATE", ""))
    monkeypatch.setattr(profiles, "_leave_older", read_and_wait)
    monkeypatch.setattr(profiles, "_note", write_and_tell)
    anna, shop, app = two_sources()
    say_two_names(shop, app)
    anna.refresh_from_db()
    assert anna.first_name == "Old"


def same_call_twice(by: ApiKey) -> tuple[list[int], list[str]]:
    worked: list[int] = []
    failed: list[str] = []

    def work() -> idempotency.Answer:
        worked.append(1)
        time.sleep(0.2)
        return 200, {"made": len(worked)}

    def call() -> None:
        try:
            idempotency.once(by, "k", "hash", AT, work)
        except IntegrityError as error:
            failed.append(str(error))

    together(call, call)
    return worked, failed


@pytest.mark.fault("F38")
def test_a_call_that_is_sent_twice_at_once_has_one_effect() -> None:
    assert same_call_twice(key()) == ([1], [])


def test_without_the_lock_both_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LOCK", "SELECT length(%s)")
    worked, failed = same_call_twice(key())
    assert len(worked) == 2
    assert len(failed) == 1, "the unique key lets one of them commit"
