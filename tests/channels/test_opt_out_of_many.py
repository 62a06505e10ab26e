"""An opt-out is about a mailbox or a number: the one that the message went to, and all who have it, however many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels import consent, links, opt_out, suppression
from channels.models import Delivery
from customers.models import Customer
from tests.channels.people import NOON, sent, yes

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
MANY = 55


def sent_to(person: Customer, channel: str = "email") -> Delivery:
    """A message that knows where it went, as the sender writes it down."""
    delivery = sent(person, channel=channel)
    address = person.email if channel == "email" else person.phone
    delivery.address_key = suppression.address_key(channel, address)
    delivery.save()
    return delivery


def door(delivery: Delivery) -> opt_out.Door:
    found = opt_out.open_door(links.opt_out_token(delivery.pk))
    assert found is not None
    return found


def allowed(people: list[Customer], channel: str = "email") -> int:
    return sum(facts.may_send for facts in consent.load([each.pk for each in people], channel, None).values())


def household(count: int, **fields: str) -> list[Customer]:
    people = Customer.objects.bulk_create(Customer(**fields) for _n in range(count))
    consent.record([yes(each, channel=channel) for each in people for channel in ("email", "sms")], NOON)
    suppression.refresh_keys([each.pk for each in people], ["email", "sms"])
    return people


def test_who_has_the_old_mailbox_now_is_opted_out_and_comes_back_by_the_same_link() -> None:
    anna = household(1, email="office@example.org")[0]
    delivery = sent_to(anna)
    Customer.objects.filter(pk=anna.pk).update(email="anna@example.org")
    berta, clara = household(1, email="Office@Example.org"), household(1, email="clara@example.org")
    opt_out.withdraw(door(delivery), True, {"by": "one_click"}, NOON)
    assert (allowed([anna]), allowed(berta), allowed(clara)) == (0, 0, 1)
    opt_out.undo(door(delivery), {}, NOON + timedelta(minutes=5))
    assert (allowed([anna]), allowed(berta)) == (1, 1)


def test_who_has_moved_away_from_that_number_is_left_alone() -> None:
    anna = household(1, email="anna@example.org", phone=NUMBER)[0]
    here = sent_to(anna, "sms")
    moved = household(1, email="dora@example.org", phone=NUMBER)[0]
    Customer.objects.update(phone="")  # by hand: their Reach does not know of it yet
    opt_out.withdraw(door(here), True, {"by": "page"}, NOON)
    assert (allowed([anna], "sms"), allowed([moved], "sms")) == (0, 1)


def test_all_profiles_at_a_mailbox_are_opted_out_and_taken_back() -> None:
    people = household(MANY, email="office@example.org")
    here = door(sent_to(people[-1]))
    opt_out.withdraw(here, True, {"by": "page"}, NOON)
    assert allowed(people) == 0
    assert opt_out.undo(here, {}, NOON + timedelta(minutes=5))
    assert allowed(people) == MANY


def test_a_mailbox_of_many_costs_no_more_queries_than_one_of_few() -> None:
    asked = []
    for count, email in ((5, "few@example.org"), (MANY, "many@example.org")):
        here = door(sent_to(household(count, email=email)[0]))
        with CaptureQueriesContext(connection) as queries:
            opt_out.withdraw(here, True, {"by": "page"}, NOON)
            assert opt_out.can_undo(here, NOON)
            assert opt_out.undo(here, {}, NOON + timedelta(minutes=5))
        asked.append(len(queries))
    assert asked[0] == asked[1]
