"""Two who look at one account at the same moment write one row; whoever reads before she holds it writes two."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import IntegrityError

from loyalty import books, tiers
from loyalty.models import Account, TierDirty, TierPeriod
from tests.loyalty import crowd as crowds
from tests.loyalty import ladders, points
from tests.loyalty.crowd import SIZE, Crowd
from tests.loyalty.ladders import MAY, NEW_YEAR_28, book, ladder

pytestmark = pytest.mark.django_db(transaction=True)
TRIALS = 10


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered


def red() -> list[str]:
    return [v.invariant.key for v in books.check(MAY) if not v.green]


def test_many_looks_and_bookings_at_once_leave_one_row_per_tier(crowd):
    programme = ladder()
    for trial in range(TRIALS):
        anna = points.person()
        book(programme, anna, 450, f"{trial}/first")
        account = Account.objects.get(customer=anna)
        TierDirty.objects.bulk_create(TierDirty(account=account, at=MAY) for _each in range(SIZE))

        def look(number: int, anna: int = anna, trial: int = trial) -> None:
            book(programme, anna, 10, f"{trial}/{number}", MAY + timedelta(seconds=number))
            tiers.sweep(MAY + timedelta(seconds=10 + number), 2)

        crowd.together([lambda number=number: look(number) for number in range(SIZE)])
        tiers.sweep(MAY + timedelta(minutes=1))
        rows = ladders.history(programme, anna)
        assert rows in ([("Silver", "reached"), ("Gold", "reached")], [("Gold", "reached")])
        assert not TierDirty.objects.exists()
    assert red() == []


def test_the_end_of_a_period_is_decided_once(crowd):
    programme, anna = ladder(), points.person()
    ladders.collect(programme, anna, 1000, "1")
    crowd.together([lambda n=n: tiers.end_periods(NEW_YEAR_28 + timedelta(seconds=n)) for n in range(SIZE)])
    assert ladders.history(programme, anna) == [("Platinum", "reached"), ("Gold", "fell")]
    assert red() == []


def test_who_decides_before_she_holds_the_account_raises_somebody_twice(crowd, monkeypatch):
    """The twin that goes wrong: all have read when the first writes."""
    programme, anna = ladder(), points.person()
    book(programme, anna, 500, "1")
    TierDirty.objects.all().delete()
    account = Account.objects.get(customer=anna)
    meet = threading.Barrier(SIZE)
    real = tiers.write

    def late(rows: list[TierPeriod], *more: object) -> None:
        meet.wait(30)
        real(rows, *more)

    monkeypatch.setattr(tiers, "write", late)

    def look(number: int) -> None:
        tiers.evaluate([account.pk], MAY + timedelta(seconds=number))

    answers = crowd.together([lambda n=n: look(n) for n in range(SIZE)], IntegrityError)
    twice = TierPeriod.objects.filter(account=account, tier__name="Gold", reached="reached").count() > 1
    assert twice or any(isinstance(answer, IntegrityError) for answer in answers)
