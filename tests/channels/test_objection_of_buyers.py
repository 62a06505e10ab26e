"""Who bought may be written to, but not at a mailbox from which somebody has said no, whatever number she buys by."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels import consent, suppression
from channels.models import Reach
from customers import privacy
from customers.models import Customer, Erasure, Origin
from customers.permissions import Stated, state
from tests.channels.people import NOON, customer, no, topic, yes

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
FACTS = {
    "sale": "shop T2",
    "similar_goods": "similar-2026-01",
    "notice_at_collection": "checkout-2026-01",
    "notice_in_messages": "footer",
}


def buys(person: Customer, channel: str = "email") -> str:
    """What becomes of the yes that her order carries."""
    bought = Stated(person.pk, channel, True, LATER, existing_customer=True, evidence=FACTS)
    (fate,) = state([bought], LATER, Origin.LIVE)
    return fate


def may_send(person: Customer, channel: str = "email") -> bool:
    return consent.load([person.pk], channel, None)[person.pk].may_send


def test_a_no_at_the_mailbox_holds_for_the_next_number_that_buys_with_it() -> None:
    consent.record([no(customer("anna@example.org"), topic("news"))], LATER)
    again, other = customer("Anna@Example.org"), customer("berta@example.org")
    assert (buys(again), buys(other)) == ("answered", "recorded")
    assert (may_send(again), may_send(other)) == (False, True)


def test_a_yes_of_somebody_else_at_the_mailbox_is_no_answer_of_hers() -> None:
    consent.record([yes(customer("anna@example.org"))], LATER)
    assert buys(customer("anna@example.org")) == "recorded"


def test_people_without_a_mailbox_have_none_in_common() -> None:
    consent.record([no(customer(""))], LATER)
    assert buys(customer("")) == "recorded"


@pytest.mark.parametrize(("said", "fate"), [(no, "answered"), (yes, "recorded")])
def test_a_no_outlives_the_erasure_of_who_said_it_and_nothing_else_does(said: object, fate: str) -> None:
    anna = customer("anna@example.org")
    consent.record([said(anna)], LATER)  # type: ignore[operator]
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.CUSTOMER, LATER), LATER)
    assert buys(customer("anna@example.org")) == fate


def test_nobody_but_who_bought_is_held_and_many_strangers_are_one_question() -> None:
    """Locks of strangers would be taken out of order; pairs with each of them would be a product."""
    strangers = [customer("office@example.org") for _n in range(9)]
    buyer = customer("office@example.org")
    suppression.refresh_keys([each.pk for each in (*strangers, buyer)])
    consent.record([no(strangers[-1])], LATER)
    with CaptureQueriesContext(connection) as queries:
        assert buys(buyer) == "answered"
    locks = [each["sql"] for each in queries if "FOR UPDATE" in each["sql"]]
    assert [f"IN ({buyer.pk})" in each for each in locks] == [True]
    assert Reach.objects.count() == 10
    assert len(queries) < 15
