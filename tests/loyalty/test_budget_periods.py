"""All coupons of a budget together spend no more than its cap of a day, week, month or year, however many redeem."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from loyalty import books
from loyalty.coupons import budgets, leasing, quotes, redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, BudgetPeriod, BudgetShare, Redemption
from tests.factories import StoreFactory
from tests.loyalty import crowd as crowds
from tests.loyalty.coupons import basket, code, coupon, lease_wish, wish
from tests.loyalty.crowd import SIZE, TRIALS
from tests.loyalty.points import DAY, NOON


def budget(period: str = "month", cap: int = 1200, **fields: Any) -> Budget:
    given = {"name": "Herbst", "currency": "EUR", "cap": 1_000_000, "period_cap": cap, "period": period}
    return Budget.objects.create(**given | fields)


def redeem(text: str, store: str = "", on: date = date(2026, 11, 2), **fields: Any) -> Redemption:
    return redemptions.redeem(wish(text, basket=basket(store=store, on=on), **fields), NOON)


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        ask()
    return refused.value.code


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
def test_stores_and_coupons_share_the_money_of_a_period(period: str, same: date, next_one: date) -> None:
    here, there = StoreFactory().number, StoreFactory().number
    made = budget(period)
    first, second = (code(coupon(budget=made)).text for _ in range(2))
    redeem(first, here)
    redeem(second, there, same)
    assert refusal(lambda: redeem(first, there, same)) == "period_budget"
    assert refusal(lambda: redeem(second, "", same)) == "period_budget"
    assert refusal(lambda: quotes.quote(wish(first, basket=basket(on=same)), NOON)) == "period_budget"
    redeem(first, here, next_one)
    found = dict(BudgetPeriod.objects.values_list("begins_on", "used"))
    assert found == {
        budgets.begins_on(period, date(2026, 11, 2)): 1000,
        budgets.begins_on(period, next_one): 500,
    }
    assert budgets.spent_now(made, same) == 1000
    assert green()


@pytest.mark.django_db
def test_a_period_and_the_stores_in_it_are_capped_each() -> None:
    here, there = StoreFactory().number, StoreFactory().number
    text = code(coupon(budget=budget(cap=1400, store_cap=900, store_period="month"))).text
    redeem(text, here)
    assert refusal(lambda: redeem(text, here)) == "store_budget"
    assert BudgetPeriod.objects.get().used == 500  # what was refused took nothing
    redeem(text, there)
    assert refusal(lambda: redeem(text, "")) == "period_budget"
    assert sorted(BudgetShare.objects.values_list("used", flat=True)) == [500, 500]
    assert green()


@pytest.mark.django_db
def test_what_is_released_reversed_or_cheaper_than_reserved_comes_back_to_the_period() -> None:
    text = code(coupon(budget=budget())).text
    dear, late = wish(text, "o1"), wish(text, "o2")
    redemptions.reserve(dear, NOON)
    redemptions.reserve(late, NOON)
    redemptions.redeem(wish(text, "o1", basket=basket(("mug", 2000))), NOON)
    row = BudgetPeriod.objects.get()
    assert row.used == 700
    assert redemptions.sweep(NOON + DAY) == 1
    redemptions.reverse(dear.source, dear.reference, NOON)
    row.refresh_from_db()
    assert row.used == 0
    assert green()


@pytest.mark.django_db
def test_a_lower_cap_leaves_what_is_spent_and_such_coupons_are_not_leased() -> None:
    made = budget(cap=900)
    text = code(coupon(budget=made)).text
    redeem(text)
    made.period_cap = 100
    made.save(update_fields=["period_cap"])
    budgets.recap(made, NOON.date())
    assert BudgetPeriod.objects.get().cap == 500
    assert refusal(lambda: leasing.lease(lease_wish(text), NOON)) == "online_only"
    assert green()


@pytest.mark.django_db
def test_marketing_sets_the_cap_of_a_period_and_sees_what_is_used(marketer: Any) -> None:
    about = {"name": "Herbst", "currency": "EUR", "cap": "500", "period_cap": "20"}
    page = marketer.post(reverse("budget_create"), about).content.decode()
    assert "Choose for how long this is meant" in page
    marketer.post(reverse("budget_create"), about | {"period": "month"})
    made = Budget.objects.get()
    assert (made.period_cap, made.period) == (2000, "month")
    page = marketer.get(reverse("budget", args=[made.pk])).content.decode()
    assert "€0.00 used in the one that runs now" in page
    marketer.post(reverse("budget_edit", args=[made.pk]), about | {"period": "week", "period_cap": "30"})
    made.refresh_from_db()
    assert (made.period_cap, made.period) == (3000, "week")


@pytest.mark.django_db
def test_a_limit_is_taken_away_by_emptying_it_and_comes_back_with_what_the_period_has_cost(
    marketer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    made = budget(store_cap=1200, store_period="month")
    text = code(coupon(budget=made)).text
    redeem(text)
    about = {"name": "Herbst", "currency": "EUR", "cap": "500"}
    page = marketer.post(reverse("budget_edit", args=[made.pk]), about | {"period_cap": "", "store_cap": ""})
    assert page.status_code == 302
    made.refresh_from_db()
    assert (made.period_cap, made.period, made.store_cap, made.store_period) == (None, "", None, "")
    redeem(text)
    with_cap = about | {"period_cap": "8", "period": "day"}  # less than the day has cost
    assert marketer.post(reverse("budget_edit", args=[made.pk]), with_cap).status_code == 302
    today = BudgetPeriod.objects.get(begins_on=NOON.date())
    assert (today.cap, today.used) == (1000, 1000)
    assert BudgetPeriod.objects.exclude(pk=today.pk).get().used == 0
    assert refusal(lambda: redeem(text)) == "period_budget"
    assert green()


# --- Many at once ---


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_pass_a_period() -> None:
    with crowds.gathered() as crowd:
        for _trial in range(TRIALS // 2):
            stores, made = [StoreFactory().number for _ in range(2)], budget(cap=1700)
            text = code(coupon(budget=made)).text

            def job(number: int, text: str = text, at: list[str] = stores) -> Callable[[], Redemption]:
                return lambda: redeem(text, at[number % 2])

            crowd.together([job(number) for number in range(SIZE)], Refused)
            assert BudgetPeriod.objects.get(budget=made).used == 1500
            assert Redemption.objects.filter(coupon__budget=made, state="redeemed").count() == 3
    assert green()


@pytest.mark.django_db(transaction=True)
def test_looking_before_charging_passes_it() -> None:
    """The twin that does it the usual wrong way: look what is left, then write."""
    row = BudgetPeriod.objects.create(budget=budget(cap=1700), begins_on=date(2026, 11, 1), cap=1_000_000)
    meet = threading.Barrier(SIZE)

    def look_then_charge() -> None:
        left = 1700 - BudgetPeriod.objects.get(pk=row.pk).used
        meet.wait(30)
        if left >= 500:
            BudgetPeriod.objects.filter(pk=row.pk).update(used=F("used") + 500)

    with crowds.gathered() as crowd:
        crowd.together([look_then_charge] * SIZE)
    row.refresh_from_db()
    assert row.used == 500 * SIZE > 1700
