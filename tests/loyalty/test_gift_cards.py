"""A gift card is issued, paid with, paid back, topped up and made void; its ledger only grows."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers import merging
from customers.models import Shop
from loyalty import books
from loyalty.coupons import batches, drawing, issuing
from loyalty.coupons.codes import is_gift_card, normalise
from loyalty.coupons.refusals import Refused as CouponRefused
from loyalty.demo import gift_cards as demo
from loyalty.gift_cards import bookings, codes
from loyalty.gift_cards.bookings import Issue, OtherBooking
from loyalty.gift_cards.refusals import Refused
from loyalty.models import CodeBatch, CouponCode, GiftCard, GiftEntry
from tests.factories import CustomerFactory, StoreFactory, UserFactory
from tests.loyalty import orders
from tests.loyalty.coupons import coupon
from tests.loyalty.gift_cards import card, issued, order
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def refusal(work) -> Refused:
    with pytest.raises(Refused) as refused, transaction.atomic():
        work()
    return refused.value


def test_a_code_is_shown_once_and_kept_as_a_hash():
    made, text = issued()
    assert is_gift_card(text)
    assert bookings.find(normalise(codes.shown(text).lower())) == made
    with connection.cursor() as cursor:
        cursor.execute("SELECT g::text FROM loyalty_giftcard g")
        assert text not in cursor.fetchone()[0]
    assert made.last4 == text[-4:]


def test_a_card_made_under_an_older_secret_key_is_found(settings):
    made, text = issued()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-installation"
    assert bookings.find(text) == made


@pytest.mark.parametrize(
    ("issued_at", "ends"),
    [
        (datetime(2026, 11, 2, 12, tzinfo=UTC), date(2029, 12, 31)),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2029, 12, 31)),  # 23:59 in Berlin
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2030, 12, 31)),  # New Year in Berlin
    ],
)
def test_a_card_is_good_for_three_years_from_the_end_of_the_year(issued_at, ends):
    assert bookings.issue(Issue(order()), issued_at)[0].ends_on == ends


@pytest.mark.parametrize("active", ["UTC", "Pacific/Auckland"])
def test_its_year_is_that_of_the_shop_whoever_issues_it(active):
    """A page has the shop's zone active, an API call and a task that of the installation."""
    Shop.objects.filter(pk=Shop.current().pk).update(time_zone="Pacific/Auckland")
    with timezone.override(active):
        made = bookings.issue(Issue(order()), datetime(2026, 12, 31, 12, tzinfo=UTC))[0]  # 01:00 in Auckland
    assert (made.ends_on, made.ends_at) == (date(2030, 12, 31), datetime(2030, 12, 31, 11, tzinfo=UTC))


def test_the_last_day_counts_whole():
    made = card()
    last = datetime(2029, 12, 31, 22, 59, tzinfo=UTC)
    assert bookings.charge(made.pk, order(100), last).amount == -100
    over = datetime(2029, 12, 31, 23, 0, tzinfo=UTC)
    assert refusal(lambda: bookings.charge(made.pk, order(100), over)).code == "ended"


def test_a_card_pays_until_it_is_empty_and_says_what_is_left():
    made = card(5000)
    bookings.charge(made.pk, order(4580, order_key="A1"), NOON)
    refused = refusal(lambda: bookings.charge(made.pk, order(421), NOON))
    assert refused.sentence == "Only €4.20 is left on this gift card."
    bookings.charge(made.pk, order(420), NOON)
    made.refresh_from_db()
    assert made.balance == 0


def test_a_repeated_call_books_once_and_the_same_key_for_something_else_is_refused():
    made, wish = card(), order(1000, order_key="A1")
    first = bookings.charge(made.pk, wish, NOON)
    assert bookings.charge(made.pk, wish, NOON) == first
    with pytest.raises(OtherBooking):
        bookings.charge(made.pk, order(999, reference=wish.reference, order_key="A1"), NOON)
    with pytest.raises(OtherBooking):
        bookings.charge(card().pk, wish, NOON)
    made.refresh_from_db()
    assert made.balance == 4000


def test_a_payment_is_paid_back_in_parts_and_never_beyond_itself():
    made = card()
    paid = bookings.charge(made.pk, order(3000), NOON)
    bookings.charge(made.pk, order(1000), NOON)
    bookings.refund(paid.pk, order(2000), NOON)
    refused = refusal(lambda: bookings.refund(paid.pk, order(1001), NOON))
    assert (refused.code, refused.facts["left"]) == ("refund", "€10.00")
    bookings.refund(paid.pk, order(1000), NOON)
    made.refresh_from_db()
    assert made.balance == 4000
    entry = made.entries.get(kind="issue")
    assert refusal(lambda: bookings.refund(entry.pk, order(1), NOON)).code == "charge"


def test_a_blocked_card_pays_nothing_until_it_is_unblocked_but_takes_money_back():
    made, staff = card(), UserFactory()
    paid = bookings.charge(made.pk, order(3000), NOON)
    assert bookings.block(made.pk, staff, NOON)
    assert refusal(lambda: bookings.charge(made.pk, order(1), NOON)).code == "blocked"
    bookings.refund(paid.pk, order(500), NOON)
    assert bookings.unblock(made.pk, staff, NOON)
    bookings.charge(made.pk, order(1), NOON)


def test_a_void_card_is_empty_for_ever():
    made = card()
    paid = bookings.charge(made.pk, order(1000), NOON)
    assert bookings.void(made.pk, UserFactory(), "lost", "staff", "1", NOON)
    assert not bookings.void(made.pk, UserFactory(), "lost", "staff", "2", NOON)
    made.refresh_from_db()
    assert (made.balance, made.state) == (0, "void")
    assert refusal(lambda: bookings.refund(paid.pk, order(1), NOON)).code == "void"
    assert refusal(lambda: bookings.top_up(made.pk, order(1), NOON)).code == "void"


def test_a_card_is_good_where_it_is_accepted():
    here, there = StoreFactory(), StoreFactory()
    made = card(accepted_in=[here.pk])
    bookings.charge(made.pk, order(1, store_id=here.pk), NOON)
    assert refusal(lambda: bookings.charge(made.pk, order(1, store_id=there.pk), NOON)).code == "store"
    assert refusal(lambda: bookings.charge(made.pk, order(1), NOON)).code == "store"


@pytest.mark.parametrize("amount", [0, -1, 100_000_001])
def test_amounts_have_bounds(amount):
    made = card()
    assert refusal(lambda: bookings.top_up(made.pk, order(amount), NOON)).code == "amount"
    assert refusal(lambda: issued(amount)).code == "amount"
    assert refusal(lambda: bookings.top_up(made.pk, order(1, currency="USD"), NOON)).code == "currency"


def test_bookings_cannot_be_changed():
    card()
    for change in (lambda: GiftEntry.objects.update(amount=1), lambda: GiftEntry.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_codes_of_coupons_and_gift_cards_never_meet():
    made = coupon(kind="pool")
    with pytest.raises(CouponRefused) as refused:
        issuing.publish(made, "gk-winterfest-202", NOON)
    assert refused.value.code == "gift_card"
    with pytest.raises(batches.WrongBatch):
        batches.order(made, 5, NOON, prefix="GK", length=12)
    with pytest.raises(IntegrityError), transaction.atomic():
        CouponCode.objects.create(coupon=made, text=issued()[1])


def test_no_drawn_code_looks_like_a_gift_card():
    batch = CodeBatch(coupon_id=1, pk=1, prefix="G", length=13)
    drawn = drawing.draw(batch, 2000).decode().splitlines()
    assert len(drawn) == 2000
    assert not any(is_gift_card(line.split("\t")[0]) for line in drawn)


def test_two_who_become_one_keep_their_cards():
    anna, twin = CustomerFactory(), CustomerFactory()
    made = card(customer_id=twin.pk)
    merging.merge(twin.pk, anna.pk, UserFactory(), NOON)
    assert GiftCard.objects.get(pk=made.pk).customer_id == anna.pk


def test_the_demo_shop_has_cards_that_pay(monkeypatch):
    monkeypatch.setattr(demo, "SOURCE", "shop")
    anna = orders.buyer()
    for number in range(8):
        orders.record(f"L{number}", ("mug", 1, "5.00"))
    UserFactory()
    demo.GiftCards().build(Random(1), NOON)
    assert GiftCard.objects.count() == demo.CARDS
    assert {"issue", "charge", "refund"} == set(GiftEntry.objects.values_list("kind", flat=True))
    assert GiftCard.objects.filter(customer=anna).exists()
