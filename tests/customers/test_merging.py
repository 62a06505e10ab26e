"""Two customers become one: everything moves, nothing is lost or doubled, and the old number leads to the new one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import consent, suppression
from channels.models import Consent, Delivery, Suppression
from customers import merging, notes, orders, stats, timeline, twins
from customers.models import (
    AuditEntry,
    Cart,
    Customer,
    CustomerStats,
    Event,
    Favourite,
    FixedList,
    FixedListMember,
    Identity,
    Order,
    Origin,
    Shop,
    TwinHint,
    User,
    Visitor,
)
from customers.timeline import About
from tests.campaigns import make
from tests.channels import people as said
from tests.customers import tracked
from tests.customers.tracked import BOWL, MUG, identify, track
from tests.factories import NOON, CustomerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
AT = tracked.AT


@pytest.fixture
def by() -> User:
    return UserFactory(in_role="marketer")


def person(number: str) -> Customer:
    return Identity.objects.get(number=number).customer


def lives(*who: str) -> None:
    """What each does: views, a favourite, a cart left, an order with a cart, a refund."""
    key = tracked.key()
    for place, user in enumerate(who):
        anon = f"browser of {user}"
        tracked.apply(
            [
                identify(user, 500 - place, anon, email=f"{user}@example.org"),
                track("Product Viewed", 400 - place, anon=anon, **MUG),
                track("Product Added to Wishlist", 390 - place, anon=anon, **MUG),
                track("Product Added", 300 - place, anon=anon, cart_id=f"left {user}", **BOWL),
                track("Product Added", 200 - place, anon=anon, cart_id=f"bought {user}", **MUG),
                track("Order Completed", 100 - place, user, order_id=f"O{user}", total=9, products=[MUG],
                      cart_id=f"bought {user}"),
                track("Order Refunded", 50 - place, user, order_id=f"O{user}", total=4),
            ],
            key,
        )  # fmt: skip


def everything_of(customer: Customer) -> dict[str, Any]:
    return {
        "numbers": sorted(customer.identities.values_list("number", flat=True)),
        "orders": sorted(customer.orders.values_list("number", flat=True)),
        "events": Event.objects.filter(customer_id=customer.pk).count(),
        "carts": sorted(Cart.objects.filter(customer=customer).values_list("number", "state")),
        "favourites": Favourite.objects.filter(customer=customer).count(),
        "visitors": Visitor.objects.filter(customer=customer).count(),
        "notes": customer.notes.count(),
    }


def test_everything_moves_and_the_roll_up_is_that_of_a_recount(by: User) -> None:
    lives("A", "B")
    first, second = person("A"), person("B")
    notes.write(second, by, "Called", NOON)
    before = everything_of(first), everything_of(second)
    latest = max(s.last_view_at for s in CustomerStats.objects.all())
    assert merging.merge(second.pk, first.pk, by, AT)
    after = everything_of(first)
    for name in ("events", "visitors", "notes"):
        assert after[name] == before[0][name] + before[1][name]
    for name in ("numbers", "orders", "carts"):
        assert sorted(after[name]) == sorted([*before[0][name], *before[1][name]])
    assert after["favourites"] == 1, "both liked the same mug"
    assert not any(everything_of(second).values())
    assert stats.differences() == []
    rolled = CustomerStats.objects.get()
    assert (rolled.customer_id, rolled.orders, rolled.refunds, rolled.last_view_at) == (
        first.pk,
        2,
        2,
        latest,
    )
    shown = timeline.page(About(first, by, Shop.current()), timeline.allowed(by), None, 100)
    assert len([kind for kind, _entry in shown.lines if kind.key == "orders"]) == 2


def test_an_order_of_one_closes_the_cart_of_the_other(by: User) -> None:
    key = tracked.key()
    tracked.apply([track("Product Added", 60, "A", cart_id="C", **MUG)], key)
    tracked.apply([track("Order Completed", 30, "B", order_id="O", total=9, products=[MUG])], key)
    assert Cart.objects.get(number="C").state == Cart.State.OPEN
    merging.merge(person("B").pk, person("A").pk, by, AT)
    assert Cart.objects.get(number="C").state == Cart.State.BOUGHT
    assert Cart.objects.get(number="C").order == Order.objects.get()


def test_the_winners_profile_stays_and_its_gaps_are_filled(by: User) -> None:
    winner = CustomerFactory(
        first_name="Anna", last_name="Müller", phone="", city="Köln", acquired_at=NOON, acquisition_source="shop",
        attributes={"size": "M", "interests": [], "vip": False},
    )  # fmt: skip
    loser = CustomerFactory(
        first_name="Annika", last_name="Müller", phone="+491715551234", city="Bonn", birthday="1980-05-04",
        attributes={"size": "L", "pet": "cat", "interests": ["tea"], "vip": True},
        acquired_at=NOON - timedelta(days=9), acquisition_source="till",
        home_store=StoreFactory(),
    )  # fmt: skip
    store = loser.home_store
    merging.merge(loser.pk, winner.pk, by, AT)
    winner, loser = (Customer.objects.get(pk=each.pk) for each in (winner, loser))
    assert (winner.first_name, winner.city, winner.phone) == ("Anna", "Köln", "+491715551234")
    assert (str(winner.birthday), winner.home_store) == ("1980-05-04", store)
    assert winner.attributes == {"size": "M", "pet": "cat", "interests": ["tea"], "vip": False}
    assert (winner.acquired_at, winner.acquisition_source) == (NOON - timedelta(days=9), "till")
    assert loser.merged_into == winner
    assert (loser.name, loser.email, loser.phone, loser.city, loser.attributes) == ("", "", "", "", {})
    entry = AuditEntry.objects.get(action="customer.merged")
    assert (entry.subject_id, entry.detail) == (str(winner.pk), {"merged": loser.pk})


def test_doing_it_again_does_nothing(by: User) -> None:
    lives("A", "B")
    first, second = person("A"), person("B")
    assert merging.merge(second.pk, first.pk, by, AT)
    before = everything_of(first)
    assert merging.merge(second.pk, first.pk, by, AT) is False
    assert everything_of(first) == before
    assert AuditEntry.objects.filter(action="customer.merged").count() == 1


def test_what_cannot_be_is_refused(by: User) -> None:
    anna, berta, cora = CustomerFactory(), CustomerFactory(), CustomerFactory(erased_at=NOON)
    merging.merge(berta.pk, anna.pk, by, AT)
    for loser, winner in (
        (anna, anna),
        (anna, berta),
        (cora, anna),
        (anna, cora),
        (anna, Customer(pk=2**40)),
    ):
        with pytest.raises(merging.Refused):
            merging.merge(loser.pk, winner.pk, by, AT)


def test_chains_lead_to_the_end_in_one_step(by: User) -> None:
    anna, berta, cora = CustomerFactory(), CustomerFactory(), CustomerFactory()
    merging.merge(anna.pk, berta.pk, by, AT)
    merging.merge(berta.pk, cora.pk, by, AT)
    assert merging.follow(anna.pk) == merging.follow(berta.pk) == cora.pk


@pytest.mark.fault("F39")
def test_what_is_told_later_under_the_old_number_is_hers(by: User) -> None:
    lives("A", "B")
    winner = person("A")
    merging.merge(person("B").pk, winner.pk, by, AT)
    told = everything_of(winner)["events"]
    tracked.apply([track("Product Viewed", 1, "B", **BOWL), track("Product Viewed", 2, anon="browser of B", **MUG)],
                  tracked.key())  # fmt: skip
    assert everything_of(winner)["events"] == told + 2
    line = orders.Line("N1", False, "B", "", "", AT, "MUG", False, "", 1, 5, "", 0)  # type: ignore[arg-type]
    orders.record([line], orders.Terms("shop", "EUR"), AT, Origin.LIVE)
    assert Order.objects.get(number="N1").customer == winner
    assert stats.differences() == []


# --- What both have said, and what is on its way to them ---


def allowed(customer: Customer, topic: Any = None) -> bool:
    return consent.load([customer.pk], "email", topic.pk if topic else None)[customer.pk].may_send


@pytest.mark.parametrize(
    ("winner_says", "loser_says", "same_address", "expected"),
    [
        ("yes", "", False, True),
        ("yes", "yes", False, True),
        ("yes", "no", False, False),
        ("no", "yes", True, False),
        ("", "no", False, False),
        ("", "yes", True, True),
        ("", "yes", False, False),
        ("", "", True, False),
    ],
)
@pytest.mark.parametrize("wide", [True, False], ids=["all topics", "one topic"])
def test_of_two_consents_the_narrower_holds(
    by: User, winner_says: str, loser_says: str, same_address: bool, expected: bool, wide: bool
) -> None:
    winner, loser = CustomerFactory(email="a@example.org"), CustomerFactory(email="b@example.org")
    if same_address:
        Customer.objects.filter(pk=loser.pk).update(email="A@example.org")
    news = said.topic()
    topic = None if wide else news
    for who, says, minutes in ((winner, winner_says, 5), (loser, loser_says, 1)):
        if says:
            consent.record([(said.yes if says == "yes" else said.no)(who, topic, minutes)], AT)
    merging.merge(loser.pk, winner.pk, by, AT + timedelta(days=1))
    assert allowed(winner, news) is expected
    assert consent.check_permissions() == []
    assert Consent.objects.filter(customer=loser).count() == bool(loser_says), "the proof stays"
    taken = Consent.objects.filter(customer=winner, evidence__has_key="merged_from")
    assert all(row.evidence["merged_from"] == loser.pk for row in taken)


def test_a_refusal_of_everything_leaves_what_both_agree_to(by: User) -> None:
    winner, loser, news, sale = CustomerFactory(), CustomerFactory(), said.topic(), said.topic("sale")
    consent.record([said.yes(winner, news, 3), said.yes(winner, sale, 3)], AT)
    consent.record([said.no(loser, None, 1), said.yes(loser, news, 2)], AT)
    merging.merge(loser.pk, winner.pk, by, AT + timedelta(days=1))
    assert allowed(winner, news), "both said yes to it last"
    assert not allowed(winner, sale)
    assert not allowed(winner)


def test_an_objection_at_the_other_address_holds_for_the_one_that_is_left(by: User) -> None:
    winner, loser = CustomerFactory(), CustomerFactory()
    suppression.suppress("email", [loser.email], Suppression.Reason.OBJECTION, NOON)
    merging.merge(loser.pk, winner.pk, by, AT)
    key = suppression.address_key("email", winner.email)
    assert suppression.load("email", [key]) == {key: "objection"}


def test_an_objection_at_the_other_number_holds_for_the_one_that_is_left(by: User) -> None:
    winner, loser = CustomerFactory(phone="+4915111111111"), CustomerFactory(phone="+4915122222222")
    suppression.suppress("sms", [loser.phone], Suppression.Reason.OBJECTION, NOON)
    merging.merge(loser.pk, winner.pk, by, AT)
    key = suppression.address_key("sms", winner.phone)
    assert suppression.load("sms", [key]) == {key: "objection"}


@pytest.mark.parametrize(("number", "carried"), [("", True), ("+4915133333333", False)])
def test_a_yes_for_one_number_is_none_for_another(by: User, number: str, carried: bool) -> None:
    winner, loser = CustomerFactory(phone=number), CustomerFactory(phone="+4915122222222")
    consent.record([replace(said.yes(loser), channel="sms")], AT)
    merging.merge(loser.pk, winner.pk, by, AT)
    assert consent.load([winner.pk], "sms", None)[winner.pk].may_send is carried


def test_a_dead_mailbox_of_one_does_not_stop_the_other(by: User) -> None:
    winner, loser = CustomerFactory(), CustomerFactory()
    suppression.suppress("email", [loser.email], Suppression.Reason.BOUNCE, NOON)
    merging.merge(loser.pk, winner.pk, by, AT)
    assert not suppression.load("email", [suppression.address_key("email", winner.email)])


def test_what_waits_is_not_sent_and_what_was_sent_moves(by: User) -> None:
    winner, loser = make.agreed(make.customer()), make.agreed(make.customer())
    only, both, waits = (make.campaign() for _number in range(3))
    make.delivery(only, loser, called_at=NOON)
    kept = make.delivery(both, loser)
    make.delivery(both, winner)
    waiting = make.delivery(waits, loser, state="planned")
    merging.merge(loser.pk, winner.pk, by, AT)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.ended_at) == ("withheld", "merged", AT)
    assert list(Delivery.objects.filter(customer=loser)) == [kept]
    assert Delivery.objects.filter(customer=winner).count() == 3


def test_an_opt_out_by_an_old_mail_stops_the_mails_that_come_now(by: User) -> None:
    winner, loser = make.agreed(make.customer()), make.agreed(make.customer())
    merging.merge(loser.pk, winner.pk, by, AT)
    consent.record([said.no(loser, minutes=10**5)], AT + timedelta(days=400))
    assert not allowed(winner)


def test_a_loser_without_her_own_address_gives_hers(by: User) -> None:
    winner, loser = CustomerFactory(email=""), CustomerFactory(email="anna@example.org")
    consent.record([said.yes(loser)], AT)
    merging.merge(loser.pk, winner.pk, by, AT)
    winner.refresh_from_db()
    assert winner.email == "anna@example.org"
    assert allowed(winner)
    assert winner.reach.get().address == "anna@example.org"


# --- Who may be one ---


def test_who_may_be_the_same_is_known_by_alias_address_and_phone(by: User) -> None:
    anna = CustomerFactory(email="Anna@example.org", phone="+491711234567")
    mail, phone, stranger = (
        CustomerFactory(email="anna@EXAMPLE.org"), CustomerFactory(phone="+491711234567"), CustomerFactory(),
    )  # fmt: skip
    alias = CustomerFactory()
    for customer, number in ((anna, "1"), (alias, "2")):
        Identity.objects.create(customer=customer, source="shop", number=number)
    said_so = tracked.call("alias", user_id="1", previous_id="2")
    assert tracked.apply([said_so], tracked.key()) == {("alias", "needs_merge"): 1}
    assert twins.of(anna, Customer.objects.all()) == [alias, mail, phone]
    assert twins.of(alias, Customer.objects.all()) == [anna]
    assert twins.of(stranger, Customer.objects.all()) == []
    third = CustomerFactory()
    merging.merge(alias.pk, third.pk, by, AT)
    hint = TwinHint.objects.get()
    assert {hint.first, hint.second} == {anna, third}
    merging.merge(third.pk, anna.pk, by, AT)
    assert not TwinHint.objects.exists()


# --- The pages ---


def test_the_pages_lead_from_a_search_to_one_customer(marketer: Client) -> None:
    anna = CustomerFactory(first_name="Anna", last_name="Lindner", city="Köln")
    other = CustomerFactory(first_name="Annika", last_name="Lindner", phone="+491711234567")
    notes.write(other, UserFactory(), "x", NOON)
    address = reverse("customer_merge", args=[anna.pk])
    assert address in marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    found = marketer.get(address, {"q": "annika"}).content.decode()
    assert f"?with={other.pk}" in found
    assert f"?with={anna.pk}" not in marketer.get(address, {"q": "lindner"}).content.decode()
    compare = marketer.get(address, {"with": other.pk}).content.decode()
    assert "cannot be undone" in compare
    assert "<del>Annika</del>" in compare
    assert "Merge into Anna Lindner" in compare
    swapped = marketer.get(address, {"with": other.pk, "keep": other.pk}).content.decode()
    assert "<del>Anna</del>" in swapped
    for _click in range(2):
        answer = marketer.post(address, {"with": other.pk, "keep": anna.pk})
        assert answer["Location"] == reverse("customer", args=[anna.pk])
    assert Customer.objects.get(pk=other.pk).merged_into == anna
    old = marketer.get(reverse("customer", args=[other.pk]))
    assert old["Location"] == reverse("customer", args=[anna.pk])
    assert AuditEntry.objects.filter(action="customer.merged").count() == 1


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, "", "0"])
def test_nonsense_is_no_fault(marketer: Client, asked: str) -> None:
    address = reverse("customer_merge", args=[CustomerFactory().pk])
    assert marketer.get(address, {"with": asked, "keep": asked}).status_code in (200, 404)
    assert marketer.post(address, {"with": asked}).status_code in (200, 404)


def test_more_history_needs_no_more_statements(by: User, django_assert_max_num_queries: Any) -> None:
    """A fixed number per ledger that has something of hers: orders, consents, points, coupons, cards, tiers ..."""
    lives(*(f"N{number}" for number in range(8)))
    people = [person(f"N{number}") for number in range(8)]
    with django_assert_max_num_queries(90) as one:
        merging.merge(people[6].pk, people[7].pk, by, AT)
    for each in people[1:5]:
        merging.merge(each.pk, people[0].pk, by, AT)
    with django_assert_max_num_queries(len(one)):
        merging.merge(people[0].pk, people[5].pk, by, AT)
    assert stats.differences() == []


def test_she_stands_on_the_lists_of_both_once(by: User) -> None:
    loser, winner = CustomerFactory(), CustomerFactory()
    both, hers = (FixedList.objects.create(name=name, created_by=by) for name in ("both", "hers"))
    for fixed_list, person in ((both, loser), (both, winner), (hers, loser)):
        FixedListMember.objects.create(fixed_list=fixed_list, customer=person, added_at=NOON)
    for fixed_list, size in ((both, 2), (hers, 1)):
        FixedList.objects.filter(pk=fixed_list.pk).update(size=size)
    merging.merge(loser.pk, winner.pk, by, AT)
    assert set(FixedListMember.objects.values_list("fixed_list", "customer")) == {
        (both.pk, winner.pk),
        (hers.pk, winner.pk),
    }
    assert set(FixedList.objects.values_list("name", "size")) == {("both", 1), ("hers", 1)}
