"""Browsers that register at the same moment, on real connections: one row for each, one name for all of hers."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from channels import consent
from channels.models import PushSubscription, Reach, VapidKey
from channels.push import keys, ownership, registration
from channels.push.registration import Owner, Seen
from customers.models import Customer
from tests.channels import pushes, runs
from tests.channels.pushes import ASKED, NOW
from tests.servers.push import Browser, PushService

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25


@pytest.fixture
def service() -> Iterator[PushService]:
    with pushes.service() as running:
        keys.active(NOW)
        yield running


def together(*jobs: Callable[[], object]) -> None:
    start, faults = threading.Barrier(len(jobs)), list[BaseException]()

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait()
            job()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def joins(browser: Browser, person: Customer) -> Callable[[], object]:
    return lambda: registration.register(pushes.keys_of(browser), Owner(person.pk), Seen(asked=ASKED), NOW)


def names(person: Customer) -> set[str]:
    return {
        *PushSubscription.objects.filter(customer=person).values_list("address", flat=True),
        Reach.objects.get(customer=person, channel="push").address,
    }


def test_two_first_browsers_at_once_have_one_name(service: PushService) -> None:
    for person in runs.customers(ROUNDS):
        public = keys.active(NOW).public
        together(*(joins(service.browser(public), person) for _ in range(3)))
        assert PushSubscription.objects.filter(customer=person).count() == 3
        assert len(names(person)) == 1


def leaves(browser: Browser) -> Callable[[], object]:
    return lambda: registration.remove(browser.endpoint, browser.auth, NOW)


def test_one_comes_while_the_last_one_goes(service: PushService) -> None:
    public = keys.active(NOW).public
    for person in runs.customers(ROUNDS):
        last, new = service.browser(public), service.browser(public)
        joins(last, person)()
        together(leaves(last), joins(new, person))
        live = PushSubscription.objects.get(customer=person, ended_at=None)
        assert live.address == Reach.objects.get(customer=person, channel="push").address != ""


def test_without_the_lock_the_new_one_would_not_be_reached(
    service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both look at what there is before either has written."""
    [person] = runs.customers(1)
    public = keys.active(NOW).public
    last, new = service.browser(public), service.browser(public)
    joins(last, person)()
    gate, before = threading.Barrier(2), ownership._names
    monkeypatch.setattr(ownership, "hold", lambda people: None)
    monkeypatch.setattr(consent, "hold", lambda people: None)

    def slowly(*given: Any) -> dict[int, str]:
        gate.wait(10)
        return before(*given)

    monkeypatch.setattr(ownership, "_names", slowly)
    together(leaves(last), joins(new, person))
    live = PushSubscription.objects.get(customer=person, ended_at=None)
    # Whoever writes last wins: either she is reached by nothing, or the browser and she have lost their common name.
    assert not live.address or live.address != Reach.objects.get(customer=person, channel="push").address


def test_the_same_browser_at_once_is_kept_once(service: PushService) -> None:
    for person in runs.customers(ROUNDS):
        browser = service.browser(keys.active(NOW).public)
        together(*(joins(browser, person) for _ in range(4)))
        assert PushSubscription.objects.filter(customer=person).count() == 1


def test_the_first_key_is_made_once(service: PushService) -> None:
    for _ in range(ROUNDS):
        VapidKey.objects.all().delete()
        together(*[lambda: keys.active(NOW)] * 4)
        assert VapidKey.objects.count() == 1
