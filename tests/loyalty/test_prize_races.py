"""Contests that start at the same moment on one pool: no code is promised twice. RACE_TRIALS=3000 for the long form."""

import threading
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest
from django.db import connection, transaction

from loyalty import books
from loyalty.contests import running
from loyalty.contests.refusals import Refused
from loyalty.contests.running import Prize
from loyalty.coupons import batches, issuing
from loyalty.models import Contest, ContestCode, Coupon, CouponCode
from tests.factories import CustomerFactory
from tests.loyalty import crowd as crowds
from tests.loyalty import plays
from tests.loyalty.coupons import coupon
from tests.loyalty.crowd import TRIALS, Crowd
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    plays.staff()
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def pool(codes: int) -> Coupon:
    made = coupon(kind="pool")
    batches.make(batches.order(made, codes, NOON).pk, NOON)
    return made


def starting(of: Coupon, count: int) -> Callable[[], Contest]:
    made, by = plays.draft(Prize("Gutschein", count, of)), plays.staff()
    return lambda: running.start(made.pk, by, NOON)


def test_contests_on_one_pool_start_only_as_long_as_there_are_codes(crowd: Crowd) -> None:
    for _trial in range(TRIALS // 4):
        of = pool(5)
        answers = crowd.together([starting(of, 2) for _ in range(4)], Refused)
        assert sum(isinstance(each, Contest) for each in answers) == 2
        assert ContestCode.objects.filter(code__coupon=of).count() == 4
        assert CouponCode.objects.filter(coupon=of, state="free").count() == 1


def test_a_start_and_messages_on_one_pool_give_no_code_twice(crowd: Crowd) -> None:
    for trial in range(TRIALS // 4):
        of = pool(6)
        people = [CustomerFactory().pk for _ in range(4)]
        jobs = [lambda p=p, t=trial, o=of: issuing.issue(o, [p], f"{t} {p}", NOON) for p in people]
        crowd.together([starting(of, 3), *jobs], Refused, issuing.PoolEmpty)
        issued = CouponCode.objects.filter(coupon=of, state="issued").count()
        kept = CouponCode.objects.filter(coupon=of, state="prize").count()
        assert kept in (0, 3)
        assert issued + kept <= 6
        assert issued >= 3
        assert ContestCode.objects.filter(code__coupon=of).count() == kept


def test_contests_that_ran_before_codes_were_kept_leave_one_that_is_being_issued(crowd: Crowd) -> None:
    of = pool(2)
    running.start(plays.draft(Prize("Gutschein", 1, of)).pk, plays.staff(), NOON)
    ContestCode.objects.all().delete()
    CouponCode.objects.update(state="free")
    first = CouponCode.objects.order_by("pk")[0]

    def keep() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(import_module("loyalty.migrations.0134_prize_codes").KEEP)

    with transaction.atomic():
        CouponCode.objects.filter(pk=first.pk).update(state="issued", issued_at=NOON)
        crowd.together([keep])
    assert list(CouponCode.objects.order_by("pk").values_list("state", flat=True)) == ["issued", "prize"]


def test_counting_free_codes_at_the_start_promises_them_twice(transactional_db: None) -> None:
    plays.staff()
    of, meet = pool(2), threading.Barrier(2)
    drafts = [plays.draft(Prize("Gutschein", 2, of)) for _ in range(2)]

    def count_then_start(made: Contest) -> None:
        short = running.faults(made, NOON)
        meet.wait(30)
        if not short:
            Contest.objects.filter(pk=made.pk).update(state="open", seed="x", commitment="x")

    with crowds.gathered() as gathered:
        gathered.together([lambda m=made: count_then_start(m) for made in drafts])
    assert Contest.objects.filter(state="open").count() == 2
    assert "contest_codes" in [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]
