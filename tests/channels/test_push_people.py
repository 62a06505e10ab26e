"""Her browsers when she asks for her data, is forgotten, or is two people who are one; and what is kept no longer."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from channels import consent
from channels.models import Consent, PushSubscription, Reach
from customers import merging, privacy, retention
from customers.models import Erasure, Visitor
from customers.privacy import Asked
from tests.channels import pushes, runs
from tests.channels.pushes import NOW
from tests.factories import UserFactory
from tests.servers.push import PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[PushService]:
    with pushes.service() as running:
        yield running


def reach(person: object) -> str:
    return Reach.objects.get(customer=person, channel="push").address


def test_she_is_told_which_browsers_and_what_she_agreed_to(service: PushService) -> None:
    anna, bea = runs.customers(2)
    browser, _row = pushes.subscribed(service, anna)
    pushes.subscribed(service, bea)
    tables = {table.key: table for table in privacy.export([anna.pk])[anna.pk]}
    [line] = tables["push_subscriptions"].rows
    assert line["evidence"]["wording"] == pushes.ASKED["wording"]
    assert browser.endpoint not in json.dumps(line, default=str)


def test_forgotten_her_browsers_are_gone_also_those_without_her_name(service: PushService) -> None:
    anna, bea = runs.customers(2)
    first, _row = pushes.subscribed(service, anna)
    second, _row = pushes.subscribed(service, None, visitor="v9")
    Visitor.objects.update(customer=anna)
    pushes.subscribed(service, bea)
    privacy.erase(anna.pk, Asked(Erasure.By.CUSTOMER, NOW), NOW)
    assert set(PushSubscription.objects.values_list("customer", flat=True)) == {bea.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(s::text, ' ') FROM channels_pushsubscription s")
        left = cursor.fetchone()[0]
    assert first.endpoint not in left
    assert second.endpoint not in left
    assert reach(anna) == ""
    assert reach(bea) != ""


def test_two_who_are_one_have_all_browsers_under_one_name(service: PushService) -> None:
    loser, winner = runs.customers(2)
    pushes.subscribed(service, loser)
    pushes.subscribed(service, winner)
    name = reach(winner)
    merging.merge(loser.pk, winner.pk, UserFactory(in_role="marketer"), NOW)
    assert set(PushSubscription.objects.values_list("customer", "address")) == {(winner.pk, name)}
    assert not Reach.objects.filter(customer=loser).exists()
    assert consent.load([winner.pk], "push", None)[winner.pk].may_send


def test_whose_only_browsers_came_with_the_other_is_reached_by_them(service: PushService) -> None:
    loser, winner = runs.customers(2)
    pushes.subscribed(service, loser)
    merging.merge(loser.pk, winner.pk, UserFactory(in_role="marketer"), NOW)
    assert reach(winner) == PushSubscription.objects.get().address != ""
    assert consent.load([winner.pk], "push", None)[winner.pk].may_send


def test_a_no_of_either_holds(service: PushService) -> None:
    loser, winner = runs.customers(2)
    pushes.subscribed(service, loser)
    pushes.subscribed(service, winner)
    pushes.no(winner, minutes=60 * 24 * 30)
    merging.merge(loser.pk, winner.pk, UserFactory(in_role="marketer"), NOW)
    assert not consent.load([winner.pk], "push", None)[winner.pk].may_send
    assert Consent.objects.filter(channel="push").count() >= 3


def test_who_has_too_many_browsers_keeps_the_newest(service: PushService) -> None:
    [anna] = runs.customers(1)
    rows = [pushes.subscribed(service, anna)[1] for _ in range(23)]
    live = PushSubscription.objects.filter(ended_at=None).order_by("pk")
    assert [each.pk for each in live] == [each.pk for each in rows[3:]]


def test_the_dead_are_kept_for_a_while_and_no_longer(service: PushService) -> None:
    pushes.subscribed(service, None)
    pushes.subscribed(service, None)
    old = PushSubscription.objects.earliest("pk")
    now = timezone.now()
    PushSubscription.objects.filter(pk=old.pk).update(ended_at=now - timedelta(days=91), reason="gone")
    retention.apply(now)
    assert PushSubscription.objects.filter(pk=old.pk).count() == 0
    assert PushSubscription.objects.count() == 1
