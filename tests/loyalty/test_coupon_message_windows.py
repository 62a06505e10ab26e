"""A message prints the last day that its code gets, and goes to nobody whose code could not be redeemed any more."""

from datetime import date, datetime, timedelta

import pytest

from customers.models import CustomerStats, Shop
from loyalty.coupon_messages import words
from loyalty.coupons import budgets
from loyalty.models import Budget, BudgetPeriod, Coupon, CouponCode
from tests.channels import runs
from tests.loyalty.coupon_mails import NOW, codes, pool, version
from tests.loyalty.coupons import code, coupon

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def provider():
    return runs.scripted()


def bought(customer, days: int) -> None:
    CustomerStats.objects.update_or_create(
        customer_id=customer.pk, defaults={"last_order_at": NOW - days * DAY}
    )


def sent(of: Coupon, provider) -> dict[str, tuple[str, CouponCode]]:
    """{recipient: what was printed of the end, her code}."""
    rows = runs.planned(version(of, backend="scripted"))
    runs.send_all()
    found = {row.customer.email: CouponCode.objects.get(pk=row.context["code"]) for row in rows}
    return {call.recipient: (call, found[call.recipient]) for call in provider.calls}


def agree(call, code: CouponCode) -> bool:
    return (
        call.ends_at == code.valid_until and words.until(code.valid_until, "de", "Europe/Berlin") in call.text
    )


def test_days_from_the_last_purchase_are_printed_as_they_count(provider):
    made = pool(2, days_from_issue=30, relative_to="purchase")
    recent, never = runs.customers(2)
    bought(recent, 20)
    mails = sent(made, provider)
    assert agree(*mails[recent.email])
    assert agree(*mails[never.email])
    assert "2. Dezember 2026" in mails[recent.email][0].text  # the 3rd of November is the first of thirty


def test_a_week_around_the_birthday_is_printed_as_it_counts(provider):
    made = pool(1, days_from_issue=14, relative_to="birthday", days_after=-7)
    (anna,) = runs.customers(1, birthday=date(1980, (NOW + 7 * DAY).month, (NOW + 7 * DAY).day))
    mails = sent(made, provider)
    assert agree(*mails[anna.email])
    assert mails[anna.email][1].valid_until > NOW + 13 * DAY


def test_a_code_that_would_be_over_at_birth_is_not_sent(provider):
    made = pool(2, days_from_issue=30, relative_to="purchase")
    late, recent = runs.customers(2)
    bought(late, 40)
    bought(recent, 20)
    of = version(made, backend="scripted")
    runs.planned(of)
    runs.send_all()
    assert runs.states(of) == {"accepted": 1, "withheld coupon_over": 1}
    assert [call.recipient for call in provider.calls] == [recent.email]
    assert codes(made) == {"issued": 1, "free": 1}


def test_one_code_for_all_has_no_days_that_could_be_over(provider):
    made = coupon(days_from_issue=30, relative_to="purchase")
    code(made, "LINDEN")
    bought(*runs.customers(1), 40)
    of = version(made, backend="scripted")
    runs.planned(of)
    runs.send_all()
    assert runs.states(of) == {"accepted": 1}


def test_a_coupon_whose_budget_is_used_up_is_not_sent(provider):
    budget = Budget.objects.create(name="Herbst", currency="EUR", cap=1000, used=0)
    of = version(pool(1, budget=budget), backend="scripted")
    runs.customers(1)
    runs.planned(of)
    Budget.objects.update(used=1000)
    runs.send_all()
    assert runs.states(of) == {"withheld coupon_over": 1}


def test_nor_is_one_that_was_redeemed_as_often_as_it_may_be(provider):
    of = version(pool(1, total_limit=5), backend="scripted")
    runs.customers(1)
    runs.planned(of)
    Coupon.objects.update(used=5)
    runs.send_all()
    assert runs.states(of) == {"withheld coupon_over": 1}


def test_one_whose_budget_is_used_up_for_this_month_waits_for_the_next(provider):
    budget = Budget.objects.create(name="Herbst", currency="EUR", cap=9000, period_cap=1000, period="month")
    of = version(pool(1, budget=budget), backend="scripted")
    runs.customers(1)
    runs.planned(of)
    spent = BudgetPeriod.objects.create(
        budget=budget, begins_on=NOW.date().replace(day=1), cap=1000, used=1000
    )
    runs.send_all()
    assert runs.states(of) == {"planned budget_paused": 1}
    spent.delete()
    runs.send_all(NOW + 61 * MINUTE)
    assert runs.states(of) == {"accepted": 1}


@pytest.mark.parametrize(
    ("period", "at", "ends"),
    [
        ("day", "2026-11-02T23:30Z", "2026-11-03T23:00Z"),
        ("week", "2026-11-08T22:30Z", "2026-11-08T23:00Z"),
        ("week", "2026-10-20T12:00Z", "2026-10-25T23:00Z"),
        ("month", "2028-02-29T12:00Z", "2028-02-29T23:00Z"),
        ("month", "2026-03-31T12:00Z", "2026-03-31T22:00Z"),
        ("year", "2027-12-31T12:00Z", "2027-12-31T23:00Z"),
        ("year", "2028-01-01T12:00Z", "2028-12-31T23:00Z"),
    ],
)
def test_a_period_ends_at_midnight_of_the_shop(period, at, ends):
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "time_zone": "Europe/Berlin"})
    moments = [datetime.fromisoformat(each) for each in (at, ends)]
    assert budgets.period_ends(Budget(period=period), moments[0]) == moments[1]
