"""On a retailer's real orders: the first nine months foretell the last hundred days better than naive guesses do.

The whole file and all figures stand in docs/forecasts.md; this is every fifth customer of it.
"""

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from customers import stats
from customers.forecasts import evaluation
from customers.forecasts.evaluation import Evaluation, Unfit
from customers.models import Customer, Order, Shop

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
SEPTEMBER = datetime(2011, 9, 1, tzinfo=LONDON)
SAMPLE = Path(__file__).parent / "data" / "online_retail_orders.csv"


@pytest.fixture
def retailer() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "GBP", "time_zone": "Europe/London"})
    lines = [line for line in SAMPLE.read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    people = {number: Customer() for number in dict.fromkeys(row["customer"] for row in rows)}
    Customer.objects.bulk_create(people.values())
    Order.objects.bulk_create(
        Order(
            source="uci",
            number=str(place),
            kind=Order.Kind.REFUND if int(row["pence"]) < 0 else Order.Kind.ORDER,
            customer=people[row["customer"]],
            placed_at=datetime.fromisoformat(row["placed_at"]).replace(tzinfo=LONDON),
            currency="GBP",
            total=int(row["pence"]),
            base_total=int(row["pence"]),
        )
        for place, row in enumerate(rows)
    )
    stats.recount(None)


@pytest.fixture
def autumn(retailer: None) -> Evaluation:
    return evaluation.evaluate(SEPTEMBER, 100, LONDON)


def test_orders_and_value_are_ranked_better_than_by_frequency_or_by_the_last_period(
    autumn: Evaluation,
) -> None:
    for guesses in (autumn.orders, autumn.value):
        ours, frequency, last_period, _spread = guesses
        assert ours.rank > frequency.rank + 0.02
        assert ours.rank > last_period.rank + 0.02
    assert autumn.orders[0].error < autumn.orders[1].error


def test_who_stays_away_is_told_better_than_by_recency(autumn: Evaluation) -> None:
    assert autumn.areas["lapse risk"] > autumn.areas["days since the last order"] + 0.02
    assert autumn.areas["lapse risk"] > 0.7
    assert autumn.brier["forecast"] < autumn.brier["everybody alike"] < autumn.brier["the last period again"]


def test_who_is_expected_to_order_more_does(autumn: Evaluation) -> None:
    came = [real for _expected, real in autumn.tenths]
    assert sum(came[5:]) > 2 * sum(came[:5])
    assert came[-1] == max(came)


def test_a_level_that_no_season_shifts_is_met(retailer: None) -> None:
    summer = evaluation.evaluate(datetime(2011, 6, 1, tzinfo=LONDON), 90, LONDON)
    assert summer.orders[0].level == pytest.approx(1, abs=0.2)
    assert summer.expected_to_return == pytest.approx(summer.returned, abs=0.05)


def test_her_rhythm_foretells_the_next_gap_better_than_her_mean(autumn: Evaluation) -> None:
    assert autumn.gaps["her rhythm"] < autumn.gaps["her mean gap"]
    assert autumn.gaps["her rhythm"] < autumn.gaps["everybody's usual gap"]


def test_the_command_tells_all_of_it(retailer: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("evaluate_forecasts", "--at", "2011-09-01", "--days", "100")
    told = capsys.readouterr().out
    for part in ("Orders", "Value", "AUC", "Brier", "tenths", "last gap"):
        assert part in told


def test_too_little_before_that_day_is_said(retailer: None) -> None:
    with pytest.raises(Unfit):
        evaluation.evaluate(datetime(2010, 12, 3, tzinfo=LONDON), 30, LONDON)
    with pytest.raises(CommandError, match="No forecasts as of 2010-12-03"):
        call_command("evaluate_forecasts", "--at", "2010-12-03")
