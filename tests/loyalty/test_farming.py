"""Nobody farms points: buying and giving back, over and over, leaves nothing; and points that end while an order comes
back are neither lost nor made."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from customers.models import Order
from loyalty import books, ledger
from loyalty.models import Account, Entry, Lot, Program
from tests.loyalty import crowd as crowds
from tests.loyalty import orders, points
from tests.loyalty.crowd import TRIALS
from tests.loyalty.points import DAY, NOON

YEAR = timedelta(days=370)  # behind the end of all points of today


def programme(**fields: object) -> Program:
    made = points.program(expiry_months=12, ready_after_days=0, **fields)
    points.rule(made, points=1, per=1)
    return made


@pytest.fixture
def red() -> Iterator[None]:
    """The books are green at the end."""
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON + YEAR) if not verdict.green] == []


def buy(number: str, price: str = "49.90", at: datetime = NOON) -> Order:
    return orders.record(number, ("mug", 1, price), at=at)


def give_back(number: str, price: str = "49.90", at: datetime = NOON, part: str = "") -> Order:
    return orders.record(f"{number}R{part}", ("mug", 1, price), refund_of=number, at=at)


@pytest.mark.django_db
@pytest.mark.parametrize("rounding", ["down", "half_up"])
def test_buying_and_giving_back_over_and_over_leaves_no_points(rounding: str, red: None) -> None:
    program, anna = programme(rounding=rounding), orders.buyer().pk
    for turn in range(20):
        buy(f"O{turn}")
        give_back(f"O{turn}")
    account = points.account(program, anna)
    assert (account.balance, account.debt, account.lifetime) == (0, 0, 0)
    assert Entry.objects.filter(kind="earn").count() == 20
    assert points.free(program, anna, NOON + DAY) == 0


@pytest.mark.django_db
def test_giving_back_by_cents_leaves_no_points(red: None) -> None:
    """A refund in many small parts, each of which is worth less than a point."""
    program, anna = programme(), orders.buyer().pk
    for turn in range(3):
        buy(f"O{turn}", "5.00")
        for part in range(10):
            give_back(f"O{turn}", "0.50", part=str(part))
    assert points.account(program, anna).balance == 0


@pytest.mark.django_db
def test_spending_before_giving_back_leaves_a_debt_that_the_next_orders_pay(red: None) -> None:
    program, anna = programme(), orders.buyer().pk
    for turn in range(5):
        buy(f"O{turn}", "50.00")
        free = points.free(program, anna, NOON + DAY)
        points.spend(program, anna, free, f"s{turn}", at=NOON + DAY) if free else None
        give_back(f"O{turn}", "50.00")
    account = points.account(program, anna)
    assert (account.balance, account.debt) == (
        0,
        50,
    )  # what she has spent once; each later order paid it first
    assert -sum(Entry.objects.filter(kind="spend").values_list("points", flat=True)) == 50


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["the refund", "the end"])
def test_points_that_end_about_the_refund_of_their_order_end_once(first: str, red: None) -> None:
    program, anna = programme(), orders.buyer().pk
    buy("O1", "50.00")
    end = Lot.objects.get().expires_at
    steps = [lambda: give_back("O1", "20.00", at=end), lambda: ledger.expire(end)]
    for step in steps if first == "the refund" else reversed(steps):
        step()
    account = points.account(program, anna)
    if first == "the refund":
        assert (account.balance, account.debt) == (0, 0)
    else:  # all 50 had ended: the 20 that were not hers are owed
        assert (account.balance, account.debt) == (0, 20)
    give_back("O1", "30.00", at=end, part="2")
    spent = -sum(Entry.objects.filter(kind="expire").values_list("points", flat=True))
    account.refresh_from_db()
    assert Entry.objects.get(kind="earn").points == 50
    assert account.balance - account.debt == -spent
    assert sum(Entry.objects.filter(source="order").values_list("points", flat=True)) == 0


@pytest.mark.django_db(transaction=True)
def test_points_that_end_at_the_moment_of_the_refund_are_neither_lost_nor_made(red: None) -> None:
    program = programme()
    with crowds.gathered(4) as crowd:
        for trial in range(TRIALS // 4):
            anna = orders.buyer(f"C{trial}").pk
            orders.record(f"O{trial}", ("mug", 1, "50.00"), customer=f"C{trial}")
            end = Lot.objects.get(account__customer=anna).expires_at

            def back(part: int, trial: int = trial, end: datetime = end) -> None:
                number = f"O{trial}R{part}"
                line = ("mug", 1, "20.00")
                orders.record(number, line, customer=f"C{trial}", refund_of=f"O{trial}", at=end)

            jobs = [lambda part=part: back(part) for part in range(2)]
            crowd.together([*jobs, *[lambda end=end: ledger.expire(end)] * 2])
            ledger.expire(end)
            account = Account.objects.get(program=program, customer=anna)
            entries = Entry.objects.filter(account=account)
            by_orders = sum(entries.filter(source="order").values_list("points", flat=True))
            ended = -sum(entries.filter(kind="expire").values_list("points", flat=True))
            assert by_orders == 10  # what is left of the order
            assert account.balance - account.debt == by_orders - ended
            assert ended in (10, 30, 50)
            assert account.balance == 0
