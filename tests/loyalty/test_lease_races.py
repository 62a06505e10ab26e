"""Tills that lease and redeem one code, and tell of one lease, at the same moment. The twins have no lock between
looking and writing, and must go wrong."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.db.models import QuerySet

from loyalty import books
from loyalty.coupons import issuing, lease_statements, leasing, redemptions, setting_up
from loyalty.coupons.leasing import Told
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, Coupon, CouponCode, Redemption, TillLease, TillSync
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import crowd as crowds
from tests.loyalty.coupons import code, coupon, lease_wish, wish
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db(transaction=True)
SOME = max(10, TRIALS // 4)
HOUR = timedelta(hours=1)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def leasing_of(text: str, quantity: int) -> Callable[[], TillLease]:
    """A till of a store of its own."""
    asked = lease_wish(text, quantity, store=StoreFactory())
    return lambda: leasing.lease(asked, NOON)


def redeem(text: str) -> Callable[[], Redemption]:
    asked = wish(text)
    return lambda: redemptions.redeem(asked, NOON)


def given(made: Coupon) -> int:
    """Leased and redeemed, from the rows."""
    leased = sum(TillLease.objects.filter(coupon=made).values_list("quantity", flat=True))
    return leased + Redemption.objects.filter(coupon=made, state="redeemed").count()


def test_tills_that_lease_and_redeem_a_code_never_pass_its_limit(crowd: Crowd) -> None:
    for _trial in range(SOME):
        made = coupon(total_limit=6)
        text = code(made).text
        jobs: list[Callable[[], Any]] = [leasing_of(text, 2) for _ in range(SIZE // 2)]
        crowd.together(jobs + [redeem(text) for _ in range(SIZE // 2)], Refused)
        assert given(made) == Coupon.objects.get(pk=made.pk).used
        assert 5 <= given(made) <= 6  # the last one may be too few for a lease


def test_looking_at_the_limit_first_leases_more_than_there_is(transactional_db: None) -> None:
    made = coupon(total_limit=2)
    only, meet = code(made), threading.Barrier(2)

    def look_then_lease(till: str) -> None:
        left = 2 - Coupon.objects.get(pk=made.pk).used
        meet.wait(30)
        if left >= 2:
            TillLease.objects.create(
                coupon=made,
                code=only,
                store=StoreFactory(),
                till=till,
                quantity=2,
                most=500,
                currency="EUR",
                source="wrong",
                reference=till,
                issued_at=NOON,
                expires_at=NOON + HOUR,
            )

    with crowds.gathered() as crowd:
        crowd.together([lambda till=till: look_then_lease(till) for till in ("1", "2")])
    assert given(made) == 4


# --- A code that is made void while it is leased ---


def voided(text: str, made: Coupon) -> Callable[[], int]:
    """Makes the code void; how much of it had been given by then."""

    def void() -> int:
        issuing.void(CouponCode.objects.get(text=text), None, NOON)
        return given(made)

    return void


def state_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = lease_statements.BOOK.replace("AND state = 'issued' FOR SHARE", "")
    monkeypatch.setattr(lease_statements, "BOOK", wrong)


def test_nobody_leases_a_code_once_it_is_void(crowd: Crowd) -> None:
    for _trial in range(SOME):
        made = coupon()
        text = code(made).text
        before, *_ = crowd.together(
            [voided(text, made), *(leasing_of(text, 2) for _ in range(SIZE - 1))], Refused
        )
        assert given(made) == before


@pytest.mark.parametrize("held", [True, False])
def test_a_code_made_void_between_looking_and_leasing_is_refused_as_void(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """And is leased all the same where its state is not read again while it is booked."""
    made, looked, gone, book = coupon(), threading.Event(), threading.Event(), leasing._book
    text = code(made).text
    if not held:
        state_not_read_again(monkeypatch)

    def pause(row: TillLease) -> str:
        looked.set()
        gone.wait(30)
        return book(row)

    def void() -> None:
        looked.wait(30)
        voided(text, made)()
        gone.set()

    monkeypatch.setattr(leasing, "_book", pause)
    answer, _none = crowd.together([leasing_of(text, 2), void], Refused)
    assert (isinstance(answer, Refused) and answer.code, given(made)) == (("void", 0) if held else (False, 2))
    assert Coupon.objects.get(pk=made.pk).used == given(made)


@pytest.mark.parametrize("held", [True, False])
def test_who_makes_a_code_void_waits_for_a_lease_that_is_booked(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """And hears of nothing leased where the code is not held, though it is."""
    made, booked, book = coupon(), threading.Event(), leasing._book
    text = code(made).text
    if not held:
        state_not_read_again(monkeypatch)

    def pause(row: TillLease) -> str:
        why = book(row)
        booked.set()
        crowds.until_another_waits()
        return why

    def void() -> int:
        booked.wait(30)
        return voided(text, made)()

    monkeypatch.setattr(leasing, "_book", pause)
    _lease, before = crowd.together([leasing_of(text, 2), void])
    assert (before, given(made)) == ((2, 2) if held else (0, 2))


# --- A coupon that is changed while it is leased ---


@pytest.mark.parametrize("held", [True, False])
def test_a_budget_is_not_changed_under_a_lease_that_is_being_booked(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """And is, where the coupon is not held while somebody looks for leases: the lease is booked without a budget, and
    what is left of it would be taken off one that never paid it."""
    budget = Budget.objects.create(name="x", currency="EUR", cap=5000)
    made, booked, book = coupon(), threading.Event(), leasing._book
    text = code(made).text
    if not held:
        monkeypatch.setattr(setting_up, "_hold", lambda coupon: Coupon.objects.get(pk=coupon.pk))

    def pause(row: TillLease) -> str:
        why = book(row)
        booked.set()
        crowds.until_another_waits()
        return why

    def change() -> None:
        seen = Coupon.objects.select_related("offer").get(pk=made.pk)
        seen.budget = budget
        booked.wait(30)
        setting_up.save(seen, "", UserFactory(), NOON, ["budget"])

    monkeypatch.setattr(leasing, "_book", pause)
    _lease, answer = crowd.together([leasing_of(text, 2), change], setting_up.Frozen)
    made.refresh_from_db()
    assert (type(answer), made.budget) == ((setting_up.Frozen, None) if held else (type(None), budget))
    if not held:
        Coupon.objects.filter(pk=made.pk).update(budget=None)  # the books are asked behind each test


# --- A lease that is told of by many ---


def tell(lease: TillLease, sequence: int) -> Callable[[], list[TillSync]]:
    return lambda: leasing.settle(lease, [Told(sequence, f"B{lease.pk}/{sequence}", 400, NOON)], NOON + HOUR)


def counted(lease: TillLease) -> int:
    return TillSync.objects.filter(lease=lease, conflict="").count()


def test_a_lease_that_is_told_of_twice_at_once_counts_what_it_had(crowd: Crowd) -> None:
    for _trial in range(SOME):
        lease = leasing_of(code(coupon(total_limit=9)).text, 3)()
        crowd.together([tell(lease, number) for number in range(SIZE)])
        assert (counted(lease), TillSync.objects.filter(lease=lease).count()) == (3, SIZE)


def test_without_the_locks_the_last_use_of_a_lease_is_counted_twice(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read what is left before either writes; the database's last guard breaks the second call, where the
    lock would have made a conflict of it that somebody looks at."""
    lease, meet, known = leasing_of(code(coupon()).text, 1)(), threading.Barrier(2), leasing._known

    def together(*asked: Any) -> Any:
        meet.wait(30)
        return known(*asked)

    monkeypatch.setattr(leasing, "_known", together)
    monkeypatch.setattr(lease_statements, "HOLD", "SELECT %s")
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_more: rows)
    with crowds.gathered() as crowd:
        answers = crowd.together([tell(lease, 1), tell(lease, 2)], IntegrityError)
    assert [type(each) for each in answers].count(IntegrityError) == 1
    assert not TillSync.objects.filter(lease=lease).exclude(conflict="").exists()


# --- An order that is told of by a till while it is redeemed online ---


@pytest.mark.parametrize("held", [True, False])
def test_a_till_and_the_shop_with_one_order_never_wait_for_each_other(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    """And do where the order is not held first: the till has the coupon and waits for the redemption, the shop has
    written the redemption and waits for the coupon."""
    text, at_it, known = code(coupon()).text, threading.Event(), leasing._known
    lease = leasing_of(text, 2)()
    if not held:
        monkeypatch.setattr(lease_statements, "HOLD_ORDERS", "SELECT %s")

    def pause(*asked: Any) -> Any:
        at_it.set()
        crowds.until_another_waits()
        return known(*asked)

    def shop() -> Redemption:
        at_it.wait(30)
        return redemptions.redeem(wish(text, "B1"), NOON)

    monkeypatch.setattr(leasing, "_known", pause)
    till = lambda: leasing.settle(lease, [Told(2, "B2", 400, NOON), Told(1, "B1", 400, NOON)], NOON)  # noqa: E731
    told, online = crowd.together([till, shop], Refused, OperationalError)
    if held:
        assert [row.conflict for row in told] == ["", ""]
        assert online.code == "same_order"
    else:
        assert [type(each) for each in (told, online)].count(OperationalError) == 1
