"""Codes by the million: exact counts, resumable, readable, checkable; and given out so that nobody gets another's."""

import random
from unittest.mock import patch

import pytest

from loyalty import books
from loyalty.coupons import batches, codes, issuing, redemptions
from loyalty.coupons.codes import SYMBOLS
from loyalty.models import CodeBatch, CouponCode
from loyalty.signals import coupons_issued
from tests.factories import CustomerFactory
from tests.loyalty.coupons import coupon, wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def test_a_batch_ends_with_exactly_what_was_asked():
    batch = batches.order(coupon(kind="pool", single_use=True), 2500, NOON, prefix="HB")
    assert batches.make(batch.pk, NOON, part=1000) == 2500
    assert batches.make(batch.pk, NOON) == 0
    texts = list(CouponCode.objects.values_list("text", flat=True))
    assert len(set(texts)) == 2500
    assert {len(text) for text in texts} == {13}
    assert all(text.startswith("HB") and codes.is_well_formed(text) for text in texts)
    assert all(codes.normalise(code.label.lower()) == code.text for code in CouponCode.objects.all())


def test_every_symbol_is_as_likely_as_another():
    batches.make(batches.order(coupon(kind="pool"), 3100, NOON).pk, NOON)
    texts = list(CouponCode.objects.values_list("text", flat=True))
    for place in range(10):
        counts = [sum(text[place] == symbol for text in texts) for symbol in SYMBOLS]
        # 100 of each are expected; beyond 160 or below 55 comes once in millions of runs.
        assert 50 < min(counts) <= max(counts) < 165


def test_a_batch_that_was_killed_goes_on_where_it_was():
    batch = batches.order(coupon(kind="pool"), 300, NOON)
    made = batches._make_part

    def killed(batch_id, at, part):
        if CodeBatch.objects.get(pk=batch_id).made >= 100:
            raise KeyboardInterrupt
        return made(batch_id, at, part)

    with patch.object(batches, "_make_part", killed), pytest.raises(KeyboardInterrupt):
        batches.make(batch.pk, NOON, part=100)
    assert CouponCode.objects.count() == 100
    assert batches.make(batch.pk, NOON, part=100) == 200
    batch.refresh_from_db()
    assert (batch.made, batch.finished_at) == (300, NOON)


def test_codes_that_exist_already_are_made_up_for():
    """Of 31 to the power of two there are few: most of a second batch meets codes of the first."""
    pool = coupon(kind="pool")
    with patch.object(batches, "SHORTEST", 2):
        first = batches.order(pool, 600, NOON, length=2)
        batches.make(first.pk, NOON, part=200)
        second = batches.order(pool, 300, NOON, length=2)
        batches.make(second.pk, NOON, part=200)
    assert CouponCode.objects.count() == 900


@pytest.mark.parametrize(
    "wrong", [{"count": 0}, {"length": 5}, {"length": 21}, {"prefix": "Ü"}, {"prefix": "A" * 9}]
)
def test_a_batch_that_cannot_be_made_is_refused(wrong):
    with pytest.raises(batches.WrongBatch):
        batches.order(coupon(kind="pool"), **{"count": 10, "at": NOON} | wrong)


def test_the_check_symbol_shows_every_wrong_symbol_and_every_swap():
    draw = random.Random(5)
    for length in (8, 10, 12, 18, 28):
        body = "".join(draw.choices(SYMBOLS, k=length))
        text = body + codes.check_symbol(body)
        assert codes.is_well_formed(text)
        wrong = {
            text[:place] + symbol + text[place + 1 :]
            for place in range(len(text))
            for symbol in SYMBOLS
            if symbol != text[place]
        }
        swapped = {
            text[:place] + text[place + 1] + text[place] + text[place + 2 :] for place in range(length)
        } - {text}
        assert not any(map(codes.is_well_formed, wrong | swapped))


def test_customers_get_a_code_each_and_keep_it():
    pool = coupon(kind="pool", single_use=True)
    batches.make(batches.order(pool, 10, NOON).pk, NOON)
    people = [CustomerFactory().pk for _ in range(4)]
    heard = []

    def hear(ids, **_more):
        heard.extend(ids)

    coupons_issued.connect(hear)
    try:
        first = issuing.issue(pool, people[:3], "birthday-2026", NOON)
        again = issuing.issue(pool, people, "birthday-2026", NOON + DAY)
    finally:
        coupons_issued.disconnect(hear)
    assert len({code.pk for code in again.values()}) == 4
    assert {person: again[person].pk for person in first} == {
        person: code.pk for person, code in first.items()
    }
    assert sorted(heard) == sorted(code.pk for code in again.values())
    other = issuing.issue(pool, people[:1], "birthday-2027", NOON)
    assert other[people[0]].pk != first[people[0]].pk
    assert {code.customer_id for code in again.values()} == set(people)


def test_a_pool_that_is_too_small_gives_nothing():
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, 2, NOON).pk, NOON)
    people = [CustomerFactory().pk for _ in range(3)]
    with pytest.raises(issuing.PoolEmpty) as empty:
        issuing.issue(pool, people, "x", NOON)
    assert empty.value.missing == 1
    assert not CouponCode.objects.filter(state="issued").exists()


def test_a_code_can_be_valid_for_days_from_its_issue():
    pool = coupon(kind="pool", single_use=True, days_from_issue=3)
    batches.make(batches.order(pool, 1, NOON).pk, NOON)
    anna = CustomerFactory().pk
    code = issuing.issue(pool, [anna], "welcome", NOON)[anna]
    assert (code.valid_from, code.valid_until.isoformat()) == (NOON, "2026-11-04T23:00:00+00:00")
    with pytest.raises(redemptions.Refused, match="ended"):
        redemptions.redeem(wish(code.text, customer_id=anna), NOON + 3 * DAY)
    redemptions.redeem(wish(code.text, customer_id=anna), NOON + 2 * DAY)
