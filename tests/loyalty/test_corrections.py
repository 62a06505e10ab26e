"""Corrections need a reason and, when large, two people; merged and erased customers leave good books."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from customers import merging, privacy
from customers.models import AuditEntry, Erasure
from loyalty import books, corrections, ledger
from loyalty.bookings import BOOKED, KNOWN, Booking
from loyalty.corrections import Correction, NotAllowed
from loyalty.models import AdjustmentRequest, Entry, Hold
from tests.factories import UserFactory
from tests.loyalty import orders, points
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return points.program(second_person_above=500)


@pytest.fixture
def anna():
    return points.person()


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def wish(customer_id: int, number: int, reason: str = "Paket verloren", reference: str = "1") -> Correction:
    return Correction(customer_id, number, reason, ("staff", reference))


def test_a_small_correction_is_booked_once_with_who_and_why(program, anna):
    mara = UserFactory()
    first = corrections.adjust(program, wish(anna, 50), mara, NOON)
    again = corrections.adjust(program, wish(anna, 50), mara, NOON)
    assert (first.fate, again.fate) == (BOOKED, KNOWN)
    entry = Entry.objects.get()
    assert (entry.actor, entry.reason, entry.points) == (mara, "Paket verloren", 50)
    assert AuditEntry.objects.filter(action="points.corrected", user=mara).exists()


def test_a_correction_may_leave_a_debt(program, anna):
    points.give(program, anna, 10)
    corrections.adjust(program, wish(anna, -30), UserFactory(), NOON)
    assert points.account(program, anna).debt == 20


@pytest.mark.parametrize(("number", "reason"), [(0, "x"), (5, " ")])
def test_a_correction_of_nothing_or_without_reason_is_refused(program, anna, number, reason):
    with pytest.raises(NotAllowed):
        corrections.adjust(program, wish(anna, number, reason), UserFactory(), NOON)
    assert not Entry.objects.exists()


def test_the_database_wants_a_reason_too(program, anna):
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.grant(program, [Booking(anna, 5, "x", "1", kind="adjust")], NOON)


def test_a_large_correction_waits_for_a_second_person(program, anna):
    mara, jo = UserFactory(), UserFactory()
    request = corrections.adjust(program, wish(anna, 501), mara, NOON)
    assert isinstance(request, AdjustmentRequest)
    assert not Entry.objects.exists()
    with pytest.raises(NotAllowed, match="maker"):
        corrections.decide(request.pk, mara, True, NOON)
    corrections.decide(request.pk, jo, True, NOON)
    assert points.free(program, anna) == 501
    with pytest.raises(NotAllowed, match="decided"):
        corrections.decide(request.pk, jo, True, NOON)


def test_a_large_correction_can_be_refused(program, anna):
    request = corrections.adjust(program, wish(anna, -501), UserFactory(), NOON)
    assert corrections.decide(request.pk, UserFactory(), False, NOON).state == "refused"
    assert not Entry.objects.exists()


def merge(loser_id: int, winner_id: int) -> None:
    merging.merge(loser_id, winner_id, UserFactory(), NOON)


def test_merged_customers_have_their_points_together(program, anna):
    bert = points.person()
    points.give(program, anna, 10, "1", ends=NOON + DAY)
    points.give(program, anna, 20, "2", ready=NOON + 14 * DAY)
    points.give(program, bert, 5, "3")
    ledger.hold(program, [Booking(anna, 4, "shop", "basket", expires_at=NOON + DAY)], NOON)
    merge(anna, bert)
    assert ledger.standing(program, [bert], NOON)[bert][:2] == (15, 20)
    assert points.free(program, bert, NOON + DAY) == 5
    assert points.account(program, anna).balance == 0
    assert Hold.objects.get().fate == "released"


def test_what_a_merged_customer_owes_the_winner_owes(program, anna):
    bert = points.person()
    corrections.adjust(program, wish(anna, -30), UserFactory(), NOON)
    points.give(program, bert, 12)
    merge(anna, bert)
    assert (points.account(program, anna).debt, points.account(program, bert).debt) == (0, 18)


def test_who_books_for_a_merged_customer_books_for_the_winner(program, anna):
    bert = points.person()
    entry = points.give(program, anna, 10)
    merge(anna, bert)
    assert points.give(program, anna, 10).fate == KNOWN  # a retry of what was booked before
    points.give(program, anna, 7, "later")
    assert points.spend(program, anna, 17).fate == BOOKED
    row = Booking(anna, 10, "shop", "r", reverses_id=entry.entry_id)
    corrections.refund(program, [row], NOON)
    assert (points.account(program, bert).balance, points.account(program, bert).debt) == (0, 10)


def test_an_order_of_a_merged_customer_is_refunded_at_the_winner(program):
    points.rule(program, points=1, per=1)
    anna, bert = orders.buyer("C1"), orders.buyer("C2")
    orders.record("1", ("mug", 3, "10"))
    merge(anna.pk, bert.pk)
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    assert points.account(program, bert.pk).balance == 20


def test_an_erased_customers_bookings_stay_without_words(program, anna):
    corrections.adjust(program, wish(anna, 50, "Anna rief an"), UserFactory(), NOON)
    privacy.erase(anna, privacy.Asked(Erasure.By.STAFF, NOON), NOON)
    assert Entry.objects.get().reason == "-"
    assert points.account(program, anna).balance == 50


def test_a_customers_bookings_are_handed_out(program, anna):
    points.give(program, anna, 10)
    (table,) = (table for table in privacy.export([anna])[anna] if table.key == "points")
    assert [(row["kind"], row["points"]) for row in table.rows] == [("earn", 10)]


@pytest.mark.parametrize("number", [-80, -600])
def test_a_repeated_correction_gets_its_first_answer_whatever_was_taken_back_meanwhile(program, anna, number):
    earned = Booking(anna, -number, "test", "1", counts_for_tier=True, available_from=NOON)
    entry = ledger.earn(program, [earned], NOON)[0]
    asked, mara = replace(wish(anna, number), counts_for_tier=True), UserFactory()
    first = corrections.adjust(program, asked, mara, NOON)
    corrections.refund(program, [Booking(anna, -number, "test", "r", reverses_id=entry.entry_id)], NOON)
    again = corrections.adjust(program, asked, mara, NOON)
    if number == -600:
        assert again == first
    else:
        assert (again.entry_id, again.fate) == (first.entry_id, KNOWN)
    assert AuditEntry.objects.filter(action__startswith="points.correct").count() == 1


@pytest.mark.parametrize("number", [-80, -600])
def test_nobody_loses_more_that_counts_for_the_tier_than_she_has_earned(program, anna, number):
    earned = Booking(anna, -number - 30, "test", "1", counts_for_tier=True, available_from=NOON)
    ledger.earn(program, [earned], NOON)
    too_many = replace(wish(anna, number), counts_for_tier=True)
    with pytest.raises(NotAllowed, match="tier"):
        corrections.adjust(program, too_many, UserFactory(), NOON)
    assert points.account(program, anna).lifetime == -number - 30
    assert not AdjustmentRequest.objects.exists()
    corrections.adjust(
        program, wish(anna, number, reference="2"), UserFactory(), NOON
    )  # what can be spent may go


def test_what_was_taken_back_before_a_correction_is_confirmed_counts(program, anna):
    entry = ledger.earn(
        program, [Booking(anna, 600, "test", "1", counts_for_tier=True, available_from=NOON)], NOON
    )[0]
    asked = corrections.adjust(program, replace(wish(anna, -600), counts_for_tier=True), UserFactory(), NOON)
    corrections.refund(program, [Booking(anna, 50, "test", "2", reverses_id=entry.entry_id)], NOON)
    with pytest.raises(NotAllowed, match="tier"):
        corrections.decide(asked.pk, UserFactory(), True, NOON)
    assert AdjustmentRequest.objects.get().state == "waiting"
    assert points.account(program, anna).lifetime == 550
