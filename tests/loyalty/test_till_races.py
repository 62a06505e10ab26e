"""The till under many hands: allowances, one code at two tills, undoing against redeeming, one return.

As in test_races.py: results are read from rows, and each has a twin that does it the usual wrong way.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from loyalty import books
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import (
    Allowance,
    CouponCode,
    GoodwillIssue,
    GoodwillReturn,
    Redemption,
    TillLookup,
)
from loyalty.till import allowances, goodwill, lookups
from loyalty.till.lookups import Who
from loyalty.till.refusals import NotGiven
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import crowd as crowds
from tests.loyalty import tills
from tests.loyalty.coupons import wish as redeeming
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db(transaction=True)
SOME = max(TRIALS // 8, 3)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def test_many_at_once_give_no_more_than_is_allowed(crowd):
    for _trial in range(SOME):
        store = StoreFactory()
        tills.allow(coupons=5, money=10_000)
        mara, anna = tills.staff(store), tills.shopper(store)
        wishes = [tills.wish(store, 1000, customer=anna) for _ in range(SIZE)]
        crowd.together([partial(goodwill.give, each, mara, NOON) for each in wishes], NotGiven)
        assert GoodwillIssue.objects.filter(allowance__user=mara).count() == 5
        assert Allowance.objects.get(user=mara).money == 5000


def test_looking_first_and_writing_then_passes_the_allowance(transactional_db):
    store = StoreFactory()
    tills.allow(coupons=5)
    mara, meet = tills.staff(store), threading.Barrier(SIZE)
    row = allowances.hold(mara, store, NOON)
    given: list[int] = []

    def look_then_write() -> None:
        seen = Allowance.objects.get(pk=row.pk)
        meet.wait(30)
        if seen.coupons < seen.most_coupons:
            Allowance.objects.filter(pk=row.pk).update(coupons=seen.coupons + 1)
            given.append(1)

    with crowds.gathered() as crowd:
        crowd.together([look_then_write] * SIZE)
    assert len(given) == SIZE > 5


def test_one_form_sent_many_times_gives_one_coupon(crowd):
    for _trial in range(SOME):
        store = StoreFactory()
        tills.allow()
        mara, asked = tills.staff(store), tills.wish(store)
        answers = crowd.together([partial(goodwill.give, asked, mara, NOON)] * SIZE)
        assert len({answer.pk for answer in answers}) == 1
        assert CouponCode.objects.filter(customer=asked.customer).count() == 1


def test_one_coupon_at_many_tills_is_redeemed_once(crowd):
    for _trial in range(SOME):
        store = StoreFactory()
        tills.allow()
        issue = goodwill.give(tills.wish(store), tills.staff(store), NOON)
        wishes = [redeeming(issue.code.text, customer_id=issue.customer_id) for _ in range(SIZE)]
        answers = crowd.together([partial(redemptions.redeem, each, NOON) for each in wishes], Refused)
        assert Redemption.objects.filter(code=issue.code, state="redeemed").count() == 1
        assert sum(isinstance(answer, Refused) for answer in answers) == SIZE - 1


def test_what_is_undone_is_not_redeemed_as_well(crowd):
    for _trial in range(TRIALS):
        store = StoreFactory()
        tills.allow()
        mara = tills.staff(store)
        issue = goodwill.give(tills.wish(store), mara, NOON)
        asked = redeeming(issue.code.text, customer_id=issue.customer_id)
        jobs = [partial(goodwill.undo, issue, mara, NOON), partial(redemptions.redeem, asked, NOON)]
        crowd.together(jobs, NotGiven, Refused)
        back = GoodwillReturn.objects.filter(issue=issue).count()
        used = Redemption.objects.filter(code=issue.code, state="redeemed").count()
        assert back + used == 1


def test_looking_for_a_redemption_without_holding_the_code_does_both(transactional_db):
    store = StoreFactory()
    tills.allow()
    issue = goodwill.give(tills.wish(store), tills.staff(store), NOON)
    looked, redeemed = threading.Event(), threading.Event()

    def look_then_void() -> None:
        used = Redemption.objects.filter(code=issue.code).exists()
        looked.set()
        redeemed.wait(30)
        if not used:
            GoodwillReturn.objects.create(issue=issue, why="undone", at=NOON)

    def redeem() -> None:
        looked.wait(30)
        redemptions.redeem(redeeming(issue.code.text, customer_id=issue.customer_id), NOON)
        redeemed.set()

    with crowds.gathered() as crowd:
        crowd.together([look_then_void, redeem])
    red = [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]
    assert "goodwill_returned" in red


def test_two_workers_give_back_once(crowd):
    for _trial in range(SOME):
        store = StoreFactory()
        tills.allow()
        tills.threshold(1500, days_valid=1)
        mara = tills.staff(store)
        for _ in range(3):
            goodwill.give(tills.wish(store, 500), mara, NOON)
        late = NOON + 2 * DAY
        crowd.together([partial(goodwill.release, late)] * SIZE)
        assert Allowance.objects.get(user=mara).money == 0


def test_guesses_sent_at_once_do_not_pass_the_limit(crowd):
    who = Who(StoreFactory(), user=UserFactory())

    def guess(number: int) -> object:
        return lookups.code_of(f"GUESS{number}", who, NOON + timedelta(milliseconds=number))

    for start in range(0, 4 * SIZE, SIZE):
        crowd.together([partial(guess, n) for n in range(start, start + SIZE)], lookups.TooMany)
    assert TillLookup.objects.filter(user=who.user).count() == lookups.MOST_UNKNOWN
