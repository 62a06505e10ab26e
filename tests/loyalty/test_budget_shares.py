"""A store spends no more than its part of a budget in a day, week, month or year, however many redeem at once."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db.models import F

from loyalty import books
from loyalty.coupons import budgets, quotes, redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, BudgetShare, Coupon, Redemption
from tests.factories import StoreFactory
from tests.loyalty import crowd as crowds
from tests.loyalty.coupons import basket, code, coupon, wish
from tests.loyalty.crowd import SIZE, TRIALS
from tests.loyalty.points import DAY, NOON


def budget(period: str = "month", cap: int = 1200) -> Budget:
    return Budget.objects.create(
        name="Filialen", currency="EUR", cap=1_000_000, store_cap=cap, store_period=period
    )


def redeem(text: str, store: str, on: date = date(2026, 11, 2), **fields: Any) -> Redemption:
    return redemptions.redeem(wish(text, basket=basket(store=store, on=on), **fields), NOON)


def green() -> bool:
    return all(verdict.green for verdict in books.check(NOON))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("period", "same", "next_one"),
    [
        ("day", date(2026, 11, 2), date(2026, 11, 3)),
        ("week", date(2026, 11, 8), date(2026, 11, 9)),
        ("month", date(2026, 11, 30), date(2026, 12, 1)),
        ("year", date(2026, 12, 31), date(2027, 1, 1)),
    ],
)
def test_each_period_and_each_store_has_a_part_of_its_own(period, same, next_one):
    here, there = StoreFactory().number, StoreFactory().number
    text = code(coupon(budget=budget(period))).text
    redeem(text, here)
    redeem(text, here, same)
    with pytest.raises(Refused) as refused:
        redeem(text, here, same)
    assert refused.value.code == "store_budget"
    with pytest.raises(Refused):
        quotes.quote(wish(text, basket=basket(store=here, on=same)), NOON)
    redeem(text, there, same)
    redeem(text, here, next_one)
    redeem(text, "")
    redeem(text, "")
    with pytest.raises(Refused):
        redeem(text, "")  # no way round by saying no store
    found = BudgetShare.objects.values_list("store__number", "begins_on", "used")
    assert sorted(used for _store, _on, used in found) == [500, 500, 1000, 1000]
    assert {on for store, on, _used in found if store == here} == {
        budgets.begins_on(period, date(2026, 11, 2)),
        budgets.begins_on(period, next_one),
    }
    assert green()


@pytest.mark.django_db
def test_what_is_released_reversed_or_cheaper_than_reserved_comes_back_to_the_store():
    store = StoreFactory().number
    text = code(coupon(budget=budget())).text
    dear = wish(text, "o1", basket=basket(store=store))
    redemptions.reserve(dear, NOON)
    late = wish(text, "o2", basket=basket(store=store))
    redemptions.reserve(late, NOON)
    cheap = wish(text, "o1", basket=basket(("mug", 2000), store=store))
    redemptions.redeem(cheap, NOON)
    share = BudgetShare.objects.get()
    assert share.used == 700
    assert redemptions.sweep(NOON + DAY) == 1
    redemptions.reverse(dear.source, dear.reference, NOON)
    share.refresh_from_db()
    assert share.used == 0
    assert green()


@pytest.mark.django_db
def test_a_part_that_never_suffices_is_refused_and_a_lower_cap_leaves_what_is_spent():
    store, made = StoreFactory().number, budget(cap=400)
    text = code(coupon(budget=made)).text
    with pytest.raises(Refused):
        redeem(text, store)
    assert not BudgetShare.objects.exists()
    made.store_cap = 900
    made.save(update_fields=["store_cap"])
    redeem(text, store)
    made.store_cap = 100
    made.save(update_fields=["store_cap"])
    budgets.recap(made, NOON.date())
    assert BudgetShare.objects.get().cap == 500
    assert green()


# --- Many at once ---


def spent(of: Coupon) -> int:
    return sum(Redemption.objects.filter(coupon=of, state="redeemed").values_list("amount", flat=True))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_a_stores_part():
    with crowds.gathered() as crowd:
        for _trial in range(TRIALS // 2):
            store, made = StoreFactory().number, budget(cap=1700)
            coupons = [coupon(budget=made) for _ in range(2)]
            texts = [code(each).text for each in coupons]

            def job(number: int, texts: list[str] = texts, store: str = store) -> Callable[[], Redemption]:
                return lambda: redeem(texts[number % 2], store)

            crowd.together([job(number) for number in range(SIZE)], Refused)
            assert sum(map(spent, coupons)) == 1500
            assert BudgetShare.objects.get(budget=made).used == 1500
    assert green()


@pytest.mark.django_db(transaction=True)
def test_looking_before_charging_passes_it():
    """The twin that does it the usual wrong way: look what is left, then write."""
    made = budget(cap=1700)
    share = BudgetShare.objects.create(budget=made, begins_on=date(2026, 11, 1), cap=1_000_000)
    meet = threading.Barrier(SIZE)

    def look_then_charge() -> None:
        left = 1700 - BudgetShare.objects.get(pk=share.pk).used
        meet.wait(30)
        if left >= 500:
            BudgetShare.objects.filter(pk=share.pk).update(used=F("used") + 500)

    with crowds.gathered() as crowd:
        crowd.together([look_then_charge] * SIZE)
    share.refresh_from_db()
    assert share.used == 500 * SIZE > 1700
