"""F43: all browsers are gone, a fifth is gone, our key was replaced. What the rest of the system makes of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels import backends, consent
from channels.delivery import mails
from channels.models import Delivery, DeliveryEvent, MessageVersion, PushSubscription, Suppression, VapidKey
from channels.push import devices, keys, registration
from channels.push.registration import Keys, Old, Owner, Seen, Stale
from customers.models import Customer
from tests.channels import people, pushes, runs
from tests.channels.mails import button, text
from tests.channels.pushes import NOW
from tests.factories import UserFactory
from tests.servers.push import PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[PushService]:
    backends.close_all()
    with pushes.service() as running:
        yield running
    backends.close_all()


def offer(**fields: object) -> MessageVersion:
    pushes.account()
    return runs.version(text("Der Becher ist wieder da"), button(), channels=["push"], **fields)


def reached(service: PushService, count: int, kind: str = "fine") -> list[Customer]:
    made = runs.customers(count)
    for person in made:
        pushes.subscribed(service, person, kind)
    return made


def live() -> int:
    return PushSubscription.objects.filter(ended_at=None).count()


def test_a_campaign_reaches_every_browser_with_her_own_link(service: PushService) -> None:
    reached(service, 5)
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 5}
    assert len(service.messages) == 5
    shown = service.messages[0].shown
    assert shown["title"].startswith("Hallo Anna")
    assert shown["body"] == "Der Becher ist wieder da"
    assert "/c/" in shown["link"]
    assert "ref" not in shown, "without consent to tracking no name of hers goes along"
    assert service.messages[0].headers["Topic"] == f"message-{version.message_id}"


def test_it_never_outlives_the_offer(service: PushService) -> None:
    reached(service, 1)
    version = offer()
    runs.planned(version)
    Delivery.objects.update(expires_at=NOW + timedelta(hours=2))
    runs.send_all()
    assert service.messages[0].headers["TTL"] == "7200"


def test_it_never_outlives_the_coupon_that_it_gives(service: PushService) -> None:
    reached(service, 1)
    address = PushSubscription.objects.get().address
    call = backends.Call(
        1, address, "", "", "", "<1.x@x>", "s", "", "t", {}, "push", expires_at=NOW + timedelta(hours=2)
    )
    line = backends.backends["web_push"].connect(pushes.account())
    line.send([call._replace(ends_at=NOW + timedelta(hours=1))], NOW)
    line.send([call._replace(id=2, ends_at=NOW + timedelta(hours=3))], NOW)
    assert [each.headers["TTL"] for each in service.messages] == ["3600", "7200"]


def test_a_browser_costs_no_statement_of_its_own(service: PushService) -> None:
    counts, account = [], pushes.account()
    for count in (3, 40):
        reached(service, count)
        calls = [
            backends.Call(n, each, "", "", "", "<1.x@x>", "s", "", "t", {}, "push")
            for n, each in enumerate(PushSubscription.objects.values_list("address", flat=True))
        ]
        with CaptureQueriesContext(connection) as asked:
            backends.backends["web_push"].connect(account).send(calls, NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 4


@pytest.mark.fault("F43")
def test_all_are_gone(service: PushService) -> None:
    people = reached(service, 30, "gone")
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"refused address": 30}
    assert live() == 0
    assert Suppression.objects.filter(channel="push", reason="bounce").count() == 30
    calls = service.calls
    again = runs.planned(version, occurrence=2)
    runs.send_all()
    assert service.calls == calls, "nobody is tried again"
    assert {row.state for row in Delivery.objects.filter(pk__in=[each.pk for each in again])} == {"withheld"}

    for person in people[:3]:
        pushes.subscribed(service, person)
    runs.planned(version, occurrence=3)
    runs.send_all()
    assert len(service.messages) == 3, "who subscribes anew is reached"


@pytest.mark.fault("F43")
def test_a_fifth_is_gone(service: PushService) -> None:
    reached(service, 40)
    reached(service, 10, "unknown")
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 40, "refused address": 10}
    assert live() == 40
    assert len(service.messages) == len({each.browser.endpoint for each in service.messages}) == 40


@pytest.mark.fault("F43")
def test_our_key_was_replaced_and_browsers_come_by(service: PushService) -> None:
    """The old key signs until the browser comes, and brings the former subscription's secret."""
    [anna] = reached(service, 1)
    old = next(iter(service.browsers.values()))
    new_key = keys.rotate(UserFactory(), NOW)
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 1}

    renewed = service.browser(new_key.public)
    seen = Seen(old=Old(old.endpoint, old.auth))
    row = registration.register(pushes.keys_of(renewed), Owner(), seen, NOW)
    assert (row.customer, row.vapid_key) == (anna, new_key)
    runs.planned(version, occurrence=2)
    runs.send_all()
    assert service.messages[-1].browser is renewed
    later = NOW + timedelta(days=2)
    assert keys.destroy_unused(later) == 1
    assert VapidKey.objects.get(active=False).sealed == ""
    with pytest.raises(Stale):
        registration.register(Keys(old.endpoint, old.p256dh, old.auth, old.public), Owner(), Seen(), NOW)


@pytest.mark.fault("F43")
def test_who_refuses_us_again_and_again_is_given_up(service: PushService) -> None:
    """R8: after so many 4xx with no success, and no sooner; one success begins the count anew."""
    reached(service, 1)
    refusing, healed = reached(service, 2, "fine")
    paths = list(service.browsers)
    service.browsers[paths[1]].public = service.browsers[paths[2]].public = "another"
    version = offer()
    for occurrence in range(1, 9):
        if occurrence == 4:
            service.browsers[paths[2]].public = service.browsers[paths[0]].public
        runs.planned(version, occurrence=occurrence)
        runs.send_all()
    row = PushSubscription.objects.get(customer=refusing)
    assert (row.reason, row.failures, row.endpoint) == ("refused", devices.MOST_FAILURES, "")
    assert PushSubscription.objects.get(customer=healed).failures == 0
    assert service.calls == 8 + 5 + 8, "no endless retries"
    assert Suppression.objects.filter(channel="push").count() == 1


def test_a_busy_service_is_left_in_peace_and_nothing_is_lost(service: PushService) -> None:
    service.delay = 0.3  # so that all three are on their way before the first answer stops the others
    reached(service, 3, "busy")
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert set(runs.states(version)) <= {"planned line", "planned"}
    assert runs.send_all(NOW + timedelta(seconds=3)) == []
    assert service.calls == 3
    runs.send_all(NOW + timedelta(minutes=2))
    assert service.calls == 6, "they are asked again when it is time"
    assert live() == 3


def test_shown_and_closed_are_told_once_and_only_with_consent(service: PushService) -> None:
    for person in reached(service, 3)[:2]:
        consent.record([replace(people.yes(person, purpose="tracking"), channel="push")], people.NOON)
    version = offer()
    tracked, withdrawn, plain = runs.planned(version)
    runs.send_all()
    assert Delivery.objects.filter(tracked=True).count() == 2
    no = people.no(withdrawn.customer, minutes=1, purpose="tracking")
    consent.record([replace(no, channel="push")], NOW)
    client = Client()
    for row in (tracked, withdrawn, plain):
        for what in ("shown", "closed", "shown"):
            body = {"ref": mails.reference(row.pk), "what": what}
            answer = client.post("/api/v1/push/report", body, content_type="application/json")
            assert answer.status_code == 200
    assert sorted(DeliveryEvent.objects.values_list("delivery", "kind")) == [
        (tracked.pk, "delivered"),
        (tracked.pk, "dismissed"),
    ]
    assert runs.states(version) == {"delivered": 1, "accepted": 2}
    for body in ({"ref": f"{tracked.pk}.{'0' * 18}", "what": "shown"}, {"ref": "x", "what": "shown"}):
        assert client.post("/api/v1/push/report", body, content_type="application/json").status_code == 400


def test_a_message_that_comes_round_takes_its_own_place(service: PushService) -> None:
    reached(service, 1)
    version = offer()
    for occurrence in (1, 2):
        runs.planned(version, occurrence=occurrence)
        runs.send_all()
    first, second = service.messages
    assert first.headers["Topic"] == second.headers["Topic"]
    assert first.shown["tag"] == second.shown["tag"]


def test_a_withdrawn_yes_stops_the_next_message(service: PushService) -> None:
    [anna] = reached(service, 1)
    pushes.no(anna, minutes=60 * 24 * 30)
    version = offer()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"withheld no_consent": 1}
    assert service.calls == 0
