"""Two profiles become one person: on each channel the narrower of what both have said holds for what is left."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from channels import addresses, consent, suppression
from channels.models import Channel, Reach, Suppression
from customers import merging
from customers.models import Customer
from tests.channels import people as said
from tests.channels import pushes
from tests.channels.pushes import NOW
from tests.channels.test_push_people import service
from tests.factories import CustomerFactory, UserFactory
from tests.servers.push import PushService

__all__ = ["service"]
pytestmark = pytest.mark.django_db
EACH = list(product(Channel.values, ("winner", "loser")))


def two() -> dict[str, Customer]:
    found = {
        "winner": CustomerFactory(email="w@example.org", phone="+4915111111111"),
        "loser": CustomerFactory(email="l@example.org", phone="+4915122222222"),
    }
    for name, person in found.items():
        key = suppression.address_key("push", name)
        Reach.objects.create(customer=person, channel="push", address=name, address_key=key)
    return {name: Customer.objects.get(pk=person.pk) for name, person in found.items()}


def merged(people: dict[str, Customer]) -> Customer:
    merging.merge(people["loser"].pk, people["winner"].pk, UserFactory(in_role="marketer"), NOW)
    return Customer.objects.get(pk=people["winner"].pk)


def suppressed(person: Customer) -> dict[str, str]:
    return {
        key: row.reason for key, row in suppression.found(suppression.keys_of(addresses.of(person))).items()
    }


@pytest.mark.parametrize(("channel", "who"), EACH)
def test_who_objected_at_one_address_is_not_written_to_at_the_other(channel: str, who: str) -> None:
    people = two()
    there = addresses.of(people[who])[channel]
    suppression.suppress(channel, [there], Suppression.Reason.OBJECTION, NOW)
    assert suppressed(merged(people)) == {channel: "objection"}


@pytest.mark.parametrize(("channel", "who"), EACH)
def test_a_no_of_one_is_a_no_of_both(channel: str, who: str) -> None:
    people = two()
    for name, person in people.items():
        word = said.no if name == who else said.yes
        consent.record(
            [replace(word(person, channel=channel), stated_at=NOW - timedelta(hours=1 + (name == who)))], NOW
        )
    assert not consent.load([merged(people).pk], channel, None)[people["winner"].pk].may_send


@pytest.mark.parametrize("who", ["winner", "loser"])
def test_browsers_that_get_a_new_name_keep_the_objection(service: PushService, who: str) -> None:
    """Those of the winner's are gone, so all that are left have come with the other."""
    people = {"winner": CustomerFactory(), "loser": CustomerFactory()}
    rows = {name: pushes.subscribed(service, person)[1] for name, person in people.items()}
    suppression.suppress("push", [rows[who].address], Suppression.Reason.COMPLAINT, NOW)
    type(rows["winner"]).objects.filter(pk=rows["winner"].pk).update(ended_at=NOW)
    person = merged(people)
    assert addresses.of(person)["push"] not in (rows["winner"].address, rows["loser"].address)
    assert suppressed(person) == {"push": "complaint"}


def test_a_dead_browser_of_one_does_not_stop_those_of_the_other(service: PushService) -> None:
    people = {"winner": CustomerFactory(), "loser": CustomerFactory()}
    for person in people.values():
        pushes.subscribed(service, person)
    suppression.suppress("push", [addresses.of(people["loser"])["push"]], Suppression.Reason.BOUNCE, NOW)
    assert suppressed(merged(people)) == {}
