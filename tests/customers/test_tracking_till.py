"""A purchase at the till: an anonymous order, a mail that asks, and a known customer once she has said yes."""

from datetime import timedelta

import pytest

from channels import consent, opt_in
from channels.models import Consent, OptIn
from customers.models import Customer, CustomerStats, Event, Order, Shop
from tests.channels.people import customer, yes
from tests.customers.tracked import AT, MUG, apply, call, identify, key, track
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})


@pytest.fixture
def till():
    return key("till", store=StoreFactory(number="003"))


def bought(number="T1", **properties):
    return track("Order Completed", user=properties.pop("user", ""), order_id=number, total=9, **properties)


def test_a_receipt_by_mail_asks_and_does_not_assume(till):
    receipt = bought(email="anna@example.org", products=[MUG])
    counts = apply([receipt], till)
    assert counts["consent", "asked"] == 1
    assert not Consent.objects.exists()
    assert not Customer.objects.exists()
    order, request = Order.objects.get(), OptIn.objects.get()
    assert (order.customer, order.store) == (None, till.store)
    assert (request.address, request.evidence["order"], request.evidence["store"]) == (
        "anna@example.org",
        "T1",
        "003",
    )
    apply([receipt], till)
    apply([bought(email="anna@example.org")], till)
    assert OptIn.objects.count() == 1, "the same purchase asks once"


def test_her_yes_makes_her_known_and_the_purchase_hers(till):
    apply([bought(email="anna@example.org"), track("Order Refunded", order_id="T1", total=4)], till)
    OptIn.objects.update(token_hash="of the link in the mail")
    opt_in.confirm(OptIn.objects.get(), {"ip": "192.0.2.1"}, AT + timedelta(hours=1))
    anna = Customer.objects.get()
    assert set(Order.objects.values_list("customer", flat=True)) == {anna.pk}
    assert CustomerStats.objects.get(customer=anna).revenue == 500
    assert Consent.objects.get().state == "granted"


@pytest.mark.parametrize(
    ("kind", "said", "asked"),
    [
        *(("till", None, 1), ("till", False, 0), ("till", "no", 0), ("till", True, 1)),
        *(("server", None, 0), ("server", True, 1), ("server", "false", 0)),
    ],
)
def test_a_shop_online_asks_those_who_want_it(kind, said, asked):
    wants = {} if said is None else {"newsletter": said}
    apply([bought(email="anna@example.org", **wants)], key(kind))
    assert OptIn.objects.count() == asked


def test_nobody_is_asked_who_has_answered(till):
    anna = customer("anna@example.org")
    consent.record([yes(anna)], AT)
    counts = apply([bought(email="Anna@Example.org")], till)
    assert counts["consent", "answered"] == 1
    assert not OptIn.objects.exists()


def test_a_bad_address_and_an_old_purchase_ask_nobody(till):
    old = call(
        "track", 60 * 30, event="Order Completed", properties={"order_id": "T2", "email": "a@example.org"}
    )
    counts = apply([bought(email="no address"), old], till)
    assert counts["consent", "bad_email"] == 1
    assert not OptIn.objects.exists()
    assert Order.objects.count() == 2


def test_a_visit_is_of_the_tills_store(till):
    apply([identify("7"), track("Store Visited", user="7")], till)
    assert Event.objects.get(kind="visit").store_id == till.store.pk
