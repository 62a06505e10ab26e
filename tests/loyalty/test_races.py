"""The patterns that fail elsewhere, on real connections with separate orders: RACE_TRIALS=3000 for the long form.

Results are read from rows, never from counters, and the books are checked at the end. Each has a twin that does it the
usual wrong way, whose steps meet between looking and writing: it must go wrong, or the test would prove nothing.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from customers import merging
from loyalty import books, corrections, earning, ledger
from loyalty.bookings import BOOKED, KNOWN, NOT_ENOUGH, Booked, Booking
from loyalty.coupons import batches, checking, issuing, redemptions, slots
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, Coupon, CouponCode, CouponUse, Entry, Lot, Redemption
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import crowd as crowds
from tests.loyalty import orders, points
from tests.loyalty.coupons import code, coupon, wish
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + DAY


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    red = [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]
    assert red == []


def redeem(text: str, **fields: Any) -> Callable[[], Redemption]:
    asked = wish(text, **fields)
    return lambda: redemptions.redeem(asked, NOON)


def live(made: Coupon) -> int:
    return Redemption.objects.filter(coupon=made, state__in=["reserved", "redeemed"]).count()


# --- A limited code ---


def test_a_limited_code_is_redeemed_as_often_as_it_may_be(crowd):
    for _trial in range(TRIALS):
        made = coupon(total_limit=3)
        text = code(made).text
        crowd.together([redeem(text) for _ in range(SIZE)], Refused)
        assert live(made) == 3


@pytest.mark.parametrize("size", [2, 3, 4, 20, crowds.MOST])
def test_two_to_fifty_at_once_redeem_as_often_as_the_limit_allows(transactional_db, size):
    """Whatever crowd the other trials have: with a limit of three, and once with one of three for her alone."""
    with crowds.gathered(size) as gathered:
        for fields in ({"total_limit": 3}, {"per_customer_limit": 3}):
            made, anna = coupon(**fields), CustomerFactory().pk
            text = code(made).text
            answers = gathered.together([redeem(text, customer_id=anna) for _ in range(size)], Refused)
            assert live(made) == min(size, 3)
            assert sum(isinstance(each, Redemption) for each in answers) == live(made)
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def row(made: Coupon) -> Redemption:
    """A redemption written past the services."""
    asked = wish("x")
    return Redemption.objects.create(
        coupon=made,
        code=made.codes.get(),
        order_key=asked.order_key,
        state="redeemed",
        amount=0,
        currency="EUR",
        source="wrong",
        reference=asked.reference,
        at=NOON,
    )


def test_then_lock(made: Coupon, meet: threading.Barrier) -> None:
    with transaction.atomic():
        used = Coupon.objects.get(pk=made.pk).used
        meet.wait(30)
        if used < 3:
            Coupon.objects.select_for_update().get(pk=made.pk)
            Coupon.objects.filter(pk=made.pk).update(used=F("used") + 1)
            row(made)


def write_back(made: Coupon, meet: threading.Barrier) -> None:
    mine = Coupon.objects.get(pk=made.pk)
    meet.wait(30)
    if mine.used < 3:
        mine.used += 1
        mine.save(update_fields=["used"])
        row(made)


def count_then_insert(made: Coupon, meet: threading.Barrier) -> None:
    there = live(made)
    meet.wait(30)
    if there < 3:
        row(made)


test_then_lock.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("wrong", [test_then_lock, write_back, count_then_insert])
def test_the_usual_ways_pass_the_limit(transactional_db, wrong):
    made = coupon()
    code(made)
    meet = threading.Barrier(SIZE)
    with crowds.gathered() as crowd:
        crowd.together([lambda: wrong(made, meet)] * SIZE)
    assert live(made) == SIZE > 3


# --- A code that is made void while it is redeemed ---


def voided(text: str, made: Coupon) -> Callable[[], int]:
    """Makes the code void; how often it had been redeemed by then."""

    def void() -> int:
        issuing.void(CouponCode.objects.get(text=text), None, NOON)
        return live(made)

    return void


def test_nobody_redeems_a_code_once_it_is_void(crowd):
    for _trial in range(TRIALS):
        made = coupon()
        text = code(made).text
        before, *_ = crowd.together([voided(text, made), *(redeem(text) for _ in range(SIZE - 1))], Refused)
        assert live(made) == before


def test_a_code_made_void_between_looking_and_booking_is_refused_as_void(crowd, monkeypatch):
    made, looked, gone = coupon(), threading.Event(), threading.Event()
    text, discount = code(made).text, redemptions.offers.discount

    def pause(*args: Any) -> int:
        looked.set()
        gone.wait(30)
        return discount(*args)

    def void() -> None:
        looked.wait(30)
        voided(text, made)()
        gone.set()

    monkeypatch.setattr(redemptions.offers, "discount", pause)
    refused, _none = crowd.together([redeem(text), void], Refused)
    assert (refused.code, live(made), Coupon.objects.get(pk=made.pk).used) == ("void", 0, 0)


def test_looking_at_the_state_alone_lets_both_happen(transactional_db):
    made = coupon()
    text, meet = code(made).text, threading.Barrier(2)

    def look_then_book() -> None:
        with transaction.atomic():
            checking.check(checking.find(text, "1"), None, NOON)
            meet.wait(30)  # she has looked
            meet.wait(30)  # and it is void
            row(made)

    def void() -> int:
        meet.wait(30)
        before = voided(text, made)()
        meet.wait(30)
        return before

    with crowds.gathered() as crowd:
        _none, before = crowd.together([look_then_book, void])
    assert (before, live(made)) == (0, 1)


# --- Once per customer ---


def test_a_customer_redeems_once_with_many_orders(crowd):
    for _trial in range(TRIALS):
        made, anna = coupon(per_customer_limit=1), CustomerFactory().pk
        text = code(made).text
        crowd.together([redeem(text, customer_id=anna) for _ in range(SIZE)], Refused)
        assert live(made) == 1


def test_a_customer_redeems_twice_where_she_may(crowd):
    for _trial in range(TRIALS // 2):
        made, anna = coupon(per_customer_limit=2), CustomerFactory().pk
        text = code(made).text
        crowd.together([redeem(text, customer_id=anna) for _ in range(SIZE)], Refused)
        assert live(made) == 2


def test_one_mailbox_redeems_once_under_however_many_numbers(crowd):
    for trial in range(TRIALS):
        made, email = coupon(per_customer_limit=1), f"guest{trial}@example.org"
        guests, text = [CustomerFactory(email=email).pk for _ in range(SIZE)], code(made).text
        crowd.together([redeem(text, customer_id=guest) for guest in guests], Refused)
        assert live(made) == 1


def test_without_holding_the_mailbox_each_number_redeems(transactional_db, monkeypatch):
    """As the test above, with nobody else's slot in sight: each of them counts before any has written."""
    made = coupon(per_customer_limit=1)
    guests, text = [CustomerFactory(email="guest@example.org").pk for _ in range(SIZE)], code(made).text
    monkeypatch.setattr(slots, "HOLD_MAILBOX", "SELECT pg_sleep(0)")
    meet, take = threading.Barrier(SIZE), slots.take

    def take_and_meet(*asked):
        slot = take(*asked)
        meet.wait(30)
        return slot

    monkeypatch.setattr(slots, "take", take_and_meet)
    with crowds.gathered() as crowd:
        crowd.together([redeem(text, customer_id=guest) for guest in guests], Refused)
    assert live(made) == SIZE


def test_a_lock_on_no_rows_locks_nothing(transactional_db):
    made, anna = coupon(), CustomerFactory().pk
    code(made)
    meet = threading.Barrier(SIZE)

    def lock_what_is_not_there() -> None:
        with transaction.atomic():
            there = list(CouponUse.objects.select_for_update().filter(coupon=made, customer=anna))
            meet.wait(30)
            if not there:
                row(made)

    with crowds.gathered() as crowd:
        crowd.together([lock_what_is_not_there] * SIZE)
    assert live(made) == SIZE


# --- Single codes, one order, one key ---


def test_a_single_code_is_not_redeemed_at_two_tills(crowd):
    made = coupon(single_use=True)
    for _trial in range(TRIALS):
        single = code(made)
        crowd.together([redeem(single.text) for _ in range(SIZE)], Refused)
        assert Redemption.objects.filter(code=single).count() == 1


def test_a_call_that_is_sent_many_times_redeems_once(crowd):
    made = coupon()
    text = code(made).text
    for _trial in range(TRIALS):
        asked = wish(text)
        answers = crowd.together([lambda asked=asked: redemptions.redeem(asked, NOON).pk] * SIZE)
        assert len(set(answers)) == 1


def test_exclusive_coupons_do_not_meet_on_one_order(crowd):
    offers = [code(coupon(offer={"exclusive": True})).text for _ in range(4)]
    for trial in range(TRIALS):
        crowd.together([redeem(text, order=f"order {trial}") for text in offers], Refused)
        assert Redemption.objects.filter(order_key=f"order {trial}").count() == 1


def test_a_budget_is_never_passed(crowd):
    for _trial in range(TRIALS):
        budget = Budget.objects.create(name="x", currency="EUR", cap=1700)
        coupons = [coupon(budget=budget) for _ in range(2)]
        texts = [code(each).text for each in coupons]
        crowd.together([redeem(texts[n % 2]) for n in range(SIZE)], Refused)
        assert sum(map(live, coupons)) == 3  # of 500 each


def test_reserving_releasing_and_redeeming_at_once_neither_deadlocks_nor_loses_a_use(crowd):
    made = coupon(total_limit=4, single_use=False)
    text = code(made).text
    for _trial in range(TRIALS):
        held = [wish(text) for _ in range(4)]
        for each in held:
            redemptions.reserve(each, NOON)
        jobs = [lambda e=e: redemptions.release(e.source, e.reference, NOON) for e in held]
        jobs += [redeem(text) for _ in range(4)]
        crowd.together(jobs, Refused)
        assert live(made) <= 4
        for each in Redemption.objects.filter(coupon=made, state="redeemed"):
            redemptions.reverse(each.source, each.reference, NOON)
        assert live(made) == 0


def test_a_reservation_that_is_given_up_while_it_is_redeemed_is_redeemed_as_if_there_had_been_none(
    crowd, monkeypatch
):
    made, looked, gone, confirm = (
        coupon(total_limit=1),
        threading.Event(),
        threading.Event(),
        redemptions._confirm,
    )
    text = code(made).text
    kept = redemptions.reserve(wish(text, "mine"), NOON)

    def pause(*asked: Any) -> Redemption:
        looked.set()
        gone.wait(30)
        return confirm(*asked)

    def give_up() -> bool:
        looked.wait(30)
        try:
            return redemptions.release(kept.source, kept.reference, NOON)
        finally:
            gone.set()

    monkeypatch.setattr(redemptions, "_confirm", pause)
    redeemed, released = crowd.together([redeem(text, order="mine"), give_up])
    assert released
    assert (redeemed.state, live(made)) == ("redeemed", 1)


# --- Pools ---


def test_nobody_gets_the_code_of_another(crowd):
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, SIZE * TRIALS, NOON).pk, NOON)
    for trial in range(TRIALS):
        people = [CustomerFactory().pk for _ in range(SIZE)]
        jobs = [lambda p=p, t=trial: issuing.issue(pool, [p], f"{t} {p}", NOON)[p].pk for p in people]
        assert len(set(crowd.together(jobs))) == SIZE
    owners = CouponCode.objects.filter(state="issued").values_list("customer", flat=True)
    assert len(set(owners)) == len(owners) == SIZE * TRIALS


def test_the_same_issue_at_the_same_time_gives_one_code_each(crowd):
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, 4 * TRIALS, NOON).pk, NOON)
    for trial in range(TRIALS):
        people = [CustomerFactory().pk for _ in range(4)]
        crowd.together([lambda p=people, t=trial: issuing.issue(pool, p, str(t), NOON)] * SIZE)
        assert CouponCode.objects.filter(customer__in=people).count() == 4


def test_first_free_without_a_lock_gives_one_code_to_many(transactional_db):
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, SIZE, NOON).pk, NOON)
    people = [CustomerFactory().pk for _ in range(SIZE)]
    meet = threading.Barrier(SIZE)

    def first_free(person: int) -> int:
        free = CouponCode.objects.filter(coupon=pool, state="free").order_by("pk")[0]
        meet.wait(30)
        CouponCode.objects.filter(pk=free.pk).update(state="issued", customer=person)
        return free.pk

    with crowds.gathered() as crowd:
        given = crowd.together([lambda p=p: first_free(p) for p in people])
    assert len(set(given)) == 1


# --- Points ---


def test_nobody_spends_the_same_points_twice(crowd):
    program = points.program()
    for _trial in range(TRIALS):
        anna = points.person()
        points.give(program, anna, 100, str(anna))
        jobs = [lambda n=n, a=anna: points.spend(program, a, 30, f"{a} {n}") for n in range(SIZE)]
        crowd.together(jobs)
        assert Entry.objects.filter(account__customer=anna, kind="spend").count() == 3


@pytest.mark.parametrize("locked", [True, False], ids=["with the lock", "without it"])
def test_the_lock_on_the_account_lets_the_second_see_what_the_first_has_spent(
    transactional_db, monkeypatch, locked
):
    """Whoever comes first commits when the other waits already. Without the lock that is within the booking, in a
    snapshot of before: then only the database's last guard is left, and the call breaks instead of answering."""
    program, anna = points.program(), points.person()
    points.give(program, anna, 100)
    monkeypatch.setattr(ledger, "_tell", lambda *_told: crowds.until_another_waits())
    if not locked:
        monkeypatch.setattr(ledger, "hold_accounts", lambda *_accounts: True)
    jobs = [lambda n=n: points.spend(program, anna, 60, str(n)) for n in range(2)]
    with crowds.gathered() as crowd:
        answers = crowd.together(jobs, IntegrityError)
    broken = [each for each in answers if isinstance(each, IntegrityError)]
    fates = {each.fate for each in answers if isinstance(each, Booked)}
    assert (len(broken), fates) == ((0, {BOOKED, NOT_ENOUGH}) if locked else (1, {BOOKED}))


def test_looking_first_and_booking_then_spends_too_much(transactional_db):
    program, anna = points.program(), points.person()
    points.give(program, anna, 100)
    account = points.account(program, anna)
    meet = threading.Barrier(SIZE)

    def look_then_book(n: int) -> None:
        there = points.free(program, anna)
        meet.wait(30)
        if there >= 30:
            Entry.objects.create(
                program=program,
                account=account,
                kind="spend",
                points=-30,
                source="wrong",
                reference=str(n),
                at=NOON,
            )

    with crowds.gathered() as crowd:
        crowd.together([lambda n=n: look_then_book(n) for n in range(SIZE)])
    assert Entry.objects.filter(kind="spend").count() == SIZE
    assert not all(verdict.green for verdict in books.check(NOON))  # and the books say so


def test_a_booking_that_is_sent_many_times_is_booked_once(crowd):
    program = points.program()
    for _trial in range(TRIALS):
        anna = points.person()
        answers: list[Booked] = crowd.together([lambda a=anna: points.give(program, a, 10, str(a))] * SIZE)
        assert Counter(answer.fate for answer in answers) == {BOOKED: 1, KNOWN: SIZE - 1}
        assert points.free(program, anna) == 10


def test_an_order_that_is_told_of_by_many_earns_once(crowd):
    program = points.program()
    points.rule(program, points=1, per=1)
    for trial in range(TRIALS // 2):
        program.active = False
        program.save()
        anna = orders.buyer(f"C{trial}")
        order = orders.record(f"O{trial}", ("mug", 1, "10"), customer=f"C{trial}")
        program.active = True
        program.save()
        crowd.together([lambda o=order: earning.settle([o.pk], NOON)] * SIZE)
        assert points.account(program, anna.pk).balance == 10


def test_spending_ending_refunding_and_earning_at_once_leave_good_books(crowd):
    program = points.program()
    for trial in range(TRIALS):
        anna, bert = points.person(), points.person()
        first = points.give(program, anna, 50, f"a{trial}", ends=NOON + DAY)
        points.give(program, anna, 50, f"b{trial}")
        back = Booking(anna, 20, "shop", f"r{trial}", reverses_id=first.entry_id)
        jobs = [
            lambda a=anna, t=trial: points.spend(program, a, 30, f"s{t}", at=LATER),
            lambda a=anna, t=trial: points.spend(program, a, 30, f"t{t}", at=LATER),
            lambda: ledger.expire(LATER),
            lambda b=back: corrections.refund(program, [b], LATER),
            lambda a=anna, t=trial: points.give(program, a, 5, f"c{t}", at=LATER),
            lambda a=anna, b=bert, t=trial: corrections.transfer(program, a, b, 10, ("app", str(t)), LATER),
            lambda a=anna, b=bert, t=trial: corrections.transfer(program, b, a, 5, ("back", str(t)), LATER),
        ]
        crowd.together(jobs)
    ledger.expire(NOON + DAY)
    assert not Lot.objects.filter(remaining__gt=0, expires_at__lte=NOON + DAY).exists()


def test_points_booked_while_two_customers_become_one_end_with_the_winner(crowd):
    program, user = points.program(), UserFactory()
    for trial in range(TRIALS // 3):
        anna, bert = points.person(), points.person()
        points.give(program, anna, 10, f"a{trial}")
        jobs = [lambda a=anna, b=bert: merging.merge(a, b, user, NOON)]
        jobs += [lambda a=anna, t=trial, n=n: points.give(program, a, 5, f"{t} {n}") for n in range(5)]
        jobs += [lambda a=anna, t=trial: points.spend(program, a, 10, f"s{t}")]
        crowd.together(jobs)
        assert points.account(program, anna).balance == 0
        assert points.free(program, bert) == 25


def test_whole_batches_about_the_same_people_do_not_deadlock(crowd):
    program = points.program()
    people = [points.person() for _ in range(40)]
    for trial in range(TRIALS // 6):

        def batch(n: int, trial: int = trial) -> None:
            order = people if n % 2 else list(reversed(people))
            rows = [Booking(p, 3, "batch", f"{trial} {n} {p}", available_from=NOON) for p in order]
            (ledger.earn if n % 4 < 2 else ledger.spend)(program, rows, NOON)

        crowd.together([lambda n=n: batch(n) for n in range(SIZE)])
