"""Points are earned, spent, held, end and come back; after each story the books agree."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer
from loyalty import books, corrections, ledger
from loyalty.bookings import BOOKED, KNOWN, NOT_ENOUGH, Booking, NobodyThere, OtherBooking
from loyalty.models import Account, Allocation, Entry, Lot
from loyalty.signals import points_booked
from tests.loyalty import points
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return points.program()


@pytest.fixture
def anna():
    return points.person()


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [
        v.invariant.key for v in books.check(NOON + 800 * DAY) if not v.green and v.invariant.key != "swept"
    ] == []


def test_points_are_earned_once_however_often_they_are_booked(program, anna):
    first = points.give(program, anna, 100)
    again = points.give(program, anna, 100)
    assert (first.fate, again.fate) == (BOOKED, KNOWN)
    assert again.entry_id == first.entry_id
    assert points.free(program, anna) == 100


def test_a_key_that_was_used_for_something_else_is_refused(program, anna):
    points.give(program, anna, 100)
    with pytest.raises(OtherBooking):
        points.give(program, anna, 99)
    with pytest.raises(OtherBooking):
        points.give(program, points.person(), 100)


def test_who_is_not_there_cannot_earn(program):
    with pytest.raises(NobodyThere):
        points.give(program, 1, 100)
    assert not Account.objects.exists()


def test_many_people_earn_in_one_statement(program, anna, django_assert_max_num_queries):
    people = [anna, *(points.person() for _ in range(50))]
    rows = [Booking(pk, 5, "test", str(pk), available_from=NOON) for pk in people]
    ledger.earn(program, rows, NOON)
    with django_assert_max_num_queries(3):  # savepoint, grant, release
        ledger.earn(program, [Booking(pk, 7, "more", str(pk), available_from=NOON) for pk in people], NOON)
    assert {s.free for s in ledger.standing(program, people, NOON).values()} == {12}


def test_upper_apps_hear_of_bookings(program, anna):
    heard = []

    def hear(ids, at, origin, **_more):
        heard.extend(ids)

    points_booked.connect(hear)
    try:
        booked = points.give(program, anna, 100)
        points.give(program, anna, 100)
    finally:
        points_booked.disconnect(hear)
    assert heard == [booked.entry_id]


def test_points_that_end_first_are_spent_first(program, anna):
    points.give(program, anna, 10, "never")
    points.give(program, anna, 10, "late", ends=NOON + 20 * DAY)
    points.give(program, anna, 10, "soon", ends=NOON + 2 * DAY)
    assert points.spend(program, anna, 15).fate == BOOKED
    left = dict(Lot.objects.values_list("entry__reference", "remaining"))
    assert left == {"never": 10, "late": 5, "soon": 0}


def test_nobody_spends_more_than_she_has(program, anna):
    points.give(program, anna, 10)
    assert points.spend(program, anna, 11).fate == NOT_ENOUGH
    assert points.spend(program, anna, 10, "2").fate == BOOKED
    assert points.spend(program, anna, 1, "3").fate == NOT_ENOUGH


def test_a_call_decides_about_an_account_debit_by_debit(program, anna):
    points.give(program, anna, 10)
    rows = [Booking(anna, each, "test", str(n)) for n, each in enumerate([6, 6, 4])]
    assert [b.fate for b in ledger.spend(program, rows, NOON)] == [BOOKED, NOT_ENOUGH, BOOKED]


def test_a_repeated_spend_gets_the_first_answer(program, anna):
    points.give(program, anna, 10)
    first = points.spend(program, anna, 10)
    again = points.spend(program, anna, 10)
    assert (again.entry_id, again.points, again.fate) == (first.entry_id, -10, KNOWN)


@pytest.mark.parametrize("take", [ledger.spend, ledger.hold])
def test_of_merged_customers_both_names_take_from_one_account_in_turn(program, anna, take):
    points.give(program, anna, 100)
    former = points.person()
    Customer.objects.filter(pk=former).update(merged_into=anna)
    rows = [Booking(pk, 60, "test", f"basket {pk}", expires_at=NOON + DAY) for pk in (former, anna)]
    assert [answer.fate for answer in take(program, rows, NOON)] == [BOOKED, NOT_ENOUGH]


def test_points_in_the_return_window_cannot_be_spent_yet(program, anna):
    points.give(program, anna, 10, ready=NOON + 14 * DAY)
    assert ledger.standing(program, [anna], NOON)[anna][:2] == (0, 10)
    assert points.spend(program, anna, 1).fate == NOT_ENOUGH
    assert points.spend(program, anna, 10, "2", at=NOON + 14 * DAY).fate == BOOKED


def test_points_that_wait_for_an_action_wait_for_ever(program, anna):
    points.give(program, anna, 10, ready=None)
    assert ledger.standing(program, [anna], NOON + 900 * DAY)[anna][:2] == (0, 10)


def test_ended_points_cannot_be_spent_even_before_they_are_swept(program, anna):
    points.give(program, anna, 10, ends=NOON + DAY)
    assert points.spend(program, anna, 1, at=NOON + DAY).fate == NOT_ENOUGH
    assert points.spend(program, anna, 1, "2", at=NOON + DAY - timedelta(seconds=1)).fate == BOOKED
    assert ledger.expire(NOON + DAY) == 1
    assert ledger.expire(NOON + DAY) == 0
    assert list(Entry.objects.filter(kind="expire").values_list("points", flat=True)) == [-9]


def test_expiry_goes_through_everybody_a_part_at_a_time(program):
    for _ in range(7):
        points.give(program, points.person(), 10, str(_), ends=NOON + DAY)
    assert ledger.expire(NOON + 2 * DAY, most=3) == 7
    assert not Lot.objects.filter(remaining__gt=0).exists()


def test_held_points_are_kept_for_their_basket(program, anna):
    points.give(program, anna, 10)
    basket = Booking(anna, 8, "shop", "basket", expires_at=NOON + DAY)
    assert ledger.hold(program, [basket], NOON)[0].fate == BOOKED
    assert ledger.hold(program, [basket], NOON)[0].fate == KNOWN
    assert points.free(program, anna) == 2
    assert points.spend(program, anna, 3).fate == NOT_ENOUGH
    assert ledger.spend(program, [Booking(anna, 8, "shop", "order", hold="basket")], NOON)[0].fate == BOOKED
    assert points.free(program, anna) == 2


def test_a_hold_that_is_over_or_released_keeps_nothing(program, anna):
    points.give(program, anna, 10)
    ledger.hold(program, [Booking(anna, 8, "shop", "a", expires_at=NOON + DAY)], NOON)
    assert points.free(program, anna, NOON + DAY) == 10
    ledger.hold(program, [Booking(anna, 2, "shop", "b", expires_at=NOON + DAY)], NOON)
    assert ledger.release(program, [Booking(anna, 8, "shop", "a")], NOON) == 1
    assert ledger.release(program, [Booking(anna, 8, "shop", "a")], NOON) == 0
    assert points.free(program, anna) == 8


def test_a_refund_takes_the_grants_own_points_first(program, anna):
    points.give(program, anna, 10, "other", ends=NOON + DAY)
    entry = points.give(program, anna, 10, "bought", ready=NOON + 14 * DAY)
    corrections.refund(program, [Booking(anna, 4, "shop", "r1", reverses_id=entry.entry_id)], NOON)
    assert dict(Lot.objects.values_list("entry__reference", "remaining")) == {"other": 10, "bought": 6}


def test_a_refund_of_spent_points_is_owed_and_paid_by_later_grants(program, anna):
    entry = points.give(program, anna, 10)
    points.spend(program, anna, 8)
    row = Booking(anna, 10, "shop", "r1", reverses_id=entry.entry_id)
    assert corrections.refund(program, [row], NOON)[0].points == -10
    assert corrections.refund(program, [row], NOON)[0].fate == KNOWN
    assert (points.account(program, anna).balance, points.account(program, anna).debt) == (0, 8)
    points.give(program, anna, 5, "2")
    assert (points.account(program, anna).balance, points.account(program, anna).debt) == (0, 3)
    points.give(program, anna, 5, "3")
    assert (points.account(program, anna).balance, points.account(program, anna).debt) == (2, 0)


def test_nothing_is_taken_back_twice(program, anna):
    entry = points.give(program, anna, 10)
    points.give(program, anna, 50, "other")
    corrections.refund(program, [Booking(anna, 6, "shop", "r1", reverses_id=entry.entry_id)], NOON)
    with pytest.raises(corrections.NotAllowed):
        corrections.refund(program, [Booking(anna, 5, "shop", "r2", reverses_id=entry.entry_id)], NOON)
    assert points.account(program, anna).balance == 54


def test_spent_points_come_back_with_the_end_they_had(program, anna):
    points.give(program, anna, 10, "soon", ends=NOON + 5 * DAY)
    points.give(program, anna, 10, "never")
    spent = points.spend(program, anna, 15)
    corrections.reverse(program, spent.entry_id, NOON + DAY)
    corrections.reverse(program, spent.entry_id, NOON + 2 * DAY)
    assert points.free(program, anna, NOON + 2 * DAY) == 20
    assert points.free(program, anna, NOON + 5 * DAY) == 10


def test_points_that_come_back_too_late_can_be_spent_for_a_while(program, anna):
    points.give(program, anna, 10, ends=NOON + DAY)
    spent = points.spend(program, anna, 10)
    corrections.reverse(program, spent.entry_id, NOON + 3 * DAY)
    assert points.free(program, anna, NOON + 3 * DAY) == 10
    assert points.free(program, anna, NOON + 3 * DAY + corrections.GRACE) == 0


def test_points_are_passed_on_with_their_dates(program, anna):
    points.give(program, anna, 10, ends=NOON + DAY)
    bert = points.person()
    corrections.transfer(program, anna, bert, 4, ("app", "t1"), NOON)
    corrections.transfer(program, anna, bert, 4, ("app", "t1"), NOON)
    assert (points.free(program, anna), points.free(program, bert)) == (6, 4)
    assert points.free(program, bert, NOON + DAY) == 0
    assert corrections.transfer(program, bert, anna, 5, ("app", "t2"), NOON).fate == NOT_ENOUGH


def test_the_ledger_cannot_be_changed(program, anna):
    points.give(program, anna, 10)
    points.spend(program, anna, 1)
    for rows in (Entry.objects, Allocation.objects):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(points=5)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM loyalty_entry")


def test_two_programmes_know_nothing_of_each_other(program, anna):
    other = points.program("other")
    points.give(program, anna, 10)
    assert points.spend(other, anna, 1).fate == NOT_ENOUGH
    assert points.give(other, anna, 3).fate == BOOKED
    assert points.free(program, anna) == 10
