"""Forecasts of a whole shop: written, kept up to date, left alone where nothing changed, and refused on too little."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import dirty, stats
from customers.dirty import EVERYBODY
from customers.forecasts import keeping, predicting, running
from customers.models import Customer, CustomerStats, Dirty, ForecastBasis, Order
from tests.customers.histories import AT, ordered, shop
from tests.customers.segment_world import ZONE
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
FIELDS = (
    *("rfm_class", "recency_score", "frequency_score", "monetary_score"),
    *("next_order_on", "lapse_risk", "lifetime_value", "forecast_at"),
)


def run(at=AT) -> ForecastBasis:
    basis = keeping.run(at)
    assert basis is not None
    return basis


def marked() -> set[int]:
    return set(Dirty.objects.values_list("customer_id", flat=True))


def test_everybody_who_ordered_gets_class_scores_risk_and_value() -> None:
    people, nobody = shop(), CustomerFactory()
    basis = run()
    assert (basis.customers, basis.lacks) == (240, "")
    assert basis.changed == 240
    for kept in CustomerStats.objects.all():
        assert kept.rfm_class
        assert kept.forecast_at == AT
        assert all(1 <= part <= 5 for part in (kept.recency_score, kept.frequency_score, kept.monetary_score))
        assert Decimal(0) <= kept.lapse_risk <= Decimal(1)
        assert kept.lifetime_value >= 0
        assert (kept.next_order_on is None) == (kept.orders == 1)
    assert not CustomerStats.objects.filter(customer=nobody).exists()
    assert marked() == {each.pk for each in people}
    assert sum(each["customers"] for each in basis.classes.values()) == 240
    assert basis.classes["champions"]["revenue"] > 0


def test_a_regular_who_was_here_yesterday_is_a_champion_and_one_who_stayed_away_cannot_be_lost() -> None:
    shop()
    regular = ordered(*range(1, 300, 20), total=20_000)
    missed = ordered(*range(300, 600, 20), total=20_000)
    once = ordered(300)
    stats.recount(None)
    run()
    here, away, single = (CustomerStats.objects.get(customer=each) for each in (regular, missed, once))
    assert here.rfm_class == "champions"
    assert away.rfm_class == "cant_lose"
    assert single.rfm_class == "lost"
    assert here.lapse_risk < Decimal("0.3") < Decimal("0.8") < away.lapse_risk
    assert here.lifetime_value > 20 * away.lifetime_value
    assert timedelta(12) < here.next_order_on - here.last_order_at.astimezone(ZONE).date() < timedelta(28)
    assert away.next_order_on < AT.date() - timedelta(days=250)


def test_the_next_night_writes_only_what_changed_and_tells_segments_of_these_people() -> None:
    shop()
    run()
    Dirty.objects.all().delete()
    before = {row[0]: row[1:] for row in CustomerStats.objects.values_list("pk", *FIELDS)}
    basis = run()
    assert basis.changed == 0
    assert marked() == set()
    later = AT + timedelta(days=3)
    basis = run(later)
    after = {row[0]: row[1:] for row in CustomerStats.objects.values_list("pk", *FIELDS)}
    changed = {pk for pk in after if after[pk] != before[pk]}
    assert 0 < len(changed) == basis.changed < 240
    assert marked() == changed
    assert {pk for pk in after if after[pk][-1] == later} == changed


def test_where_many_changed_segments_look_at_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    shop()
    monkeypatch.setattr(keeping, "MOST_PEOPLE", 50)
    run()
    assert marked() == {EVERYBODY}


def test_as_many_statements_for_many_as_for_few() -> None:
    shop(60)
    with CaptureQueriesContext(connection) as few:
        run()
    for number in range(200):
        ordered(number + 1.0, number + 30.0)
    stats.recount(None)
    with CaptureQueriesContext(connection) as many:
        run(AT + timedelta(days=1))
    assert len(many) <= len(few)


def test_nobody_is_classed_among_a_handful() -> None:
    people = [ordered(n + 1) for n in range(predicting.FEWEST_CUSTOMERS - 1)]
    stats.recount(None)
    assert run().lacks == "customers"
    assert set(CustomerStats.objects.values_list("rfm_class", "lapse_risk")) == {("", None)}
    people.append(ordered(3))
    stats.recount(None)
    assert run(AT + timedelta(hours=1)).lacks == "repeat_buyers"
    kept = CustomerStats.objects.get(customer=people[-1])
    assert kept.rfm_class
    assert (kept.lapse_risk, kept.lifetime_value, kept.next_order_on) == (None, None, None)


def test_one_repeat_buyer_too_few_is_no_forecast_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(predicting.FEWEST_REPEAT_BUYERS - 1):
        ordered(number + 1, number + 20 + number % 7)
    stats.recount(None)
    basis = run()
    assert basis.lacks == "repeat_buyers"
    assert basis.parameters == {}
    assert all(each["value"] is None for each in basis.classes.values())
    ordered(4, 33)
    stats.recount(None)
    ForecastBasis.objects.all().delete()
    basis = run()
    assert basis.lacks == ""
    assert basis.parameters["buying"]["shape"] > 0
    assert CustomerStats.objects.filter(lapse_risk=None).count() == 0


def test_a_shop_where_nobody_ordered_yet() -> None:
    CustomerFactory()
    basis = run()
    assert (basis.customers, basis.lacks, basis.changed) == (0, "customers", 0)


def test_whoever_is_erased_merged_or_left_without_orders_loses_her_forecast() -> None:
    anna, berta, cora, *_others = shop()
    run()
    Customer.objects.filter(pk=anna.pk).update(erased_at=AT)
    Customer.objects.filter(pk=berta.pk).update(merged_into=cora)
    Order.objects.filter(customer=cora).delete()
    stats.recount([cora.pk])
    run(AT + timedelta(days=1))
    for kept in CustomerStats.objects.filter(pk__in=[anna.pk, berta.pk, cora.pk]):
        assert [getattr(kept, name) for name in FIELDS] == ["", *[None] * 7]


def test_the_recount_of_orders_knows_nothing_of_forecasts_and_leaves_them() -> None:
    people = shop()
    run()
    before = list(CustomerStats.objects.order_by("pk").values_list(*FIELDS))
    assert stats.differences() == []
    stats.recount(None)
    stats.recount([people[0].pk])
    assert list(CustomerStats.objects.order_by("pk").values_list(*FIELDS)) == before
    call_command("check_stats")


def test_a_run_that_was_overtaken_changes_nothing_of_the_later_one() -> None:
    shop()
    run(AT + timedelta(days=30))
    before = list(CustomerStats.objects.order_by("pk").values_list(*FIELDS))
    run(AT)
    assert list(CustomerStats.objects.order_by("pk").values_list(*FIELDS)) == before


def test_two_runs_at_once_are_one_and_a_dead_one_is_waited_out() -> None:
    shop()
    ForecastBasis.objects.create(pk=1, started_at=AT)
    assert keeping.run(AT + timedelta(minutes=59)) is None
    assert not CustomerStats.objects.exclude(rfm_class="").exists()
    assert keeping.run(AT + timedelta(minutes=61)) is not None
    assert keeping.run(AT + timedelta(minutes=62)) is not None


def test_a_large_shop_is_due_once_a_night_and_a_small_one_at_every_tick() -> None:
    evening = AT.replace(hour=18)
    assert running.due(evening, ZONE)
    basis = ForecastBasis.objects.create(pk=1, at=evening, customers=running.SMALL + 1)
    hours = [evening + timedelta(hours=n) for n in range(1, 31)]
    assert [n for n, at in enumerate(hours, 1) if running.due(at, ZONE)] == list(
        range(7, 31)
    )  # 02:00 in Berlin
    basis.at = evening + timedelta(hours=7)
    basis.save()
    assert not any(running.due(at, ZONE) for at in hours[7:])
    basis.customers = running.SMALL
    basis.save()
    assert all(running.due(at, ZONE) for at in hours)


def test_amounts_are_told_to_two_digits() -> None:
    told = predicting.rounded(np.array([0.0, 0.4, 7.6, 99.4, 104.0, 12_345.0, 9_960.0]))
    assert told.tolist() == [0, 0, 8, 99, 100, 12_000, 10_000]


def test_a_mark_is_a_plain_insert_beside_one_that_waits() -> None:
    people = shop()
    dirty.mark([people[0].pk], AT)
    run()
    assert Dirty.objects.filter(customer_id=people[0].pk).count() == 2


def test_pages_load_neither_numpy_nor_scipy() -> None:
    code = (
        "import sys, django; django.setup();"
        "import config.urls, customers.tasks, channels.tasks, campaigns.tasks;"
        "sys.exit(bool({'numpy', 'scipy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
