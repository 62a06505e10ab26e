"""The roll-up row per customer equals a recount, whatever was recorded in whatever order."""

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import orders, stats
from customers.models import Customer, CustomerStats, Order, Origin
from tests.factories import CustomerFactory, OrderFactory

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TERMS = orders.Terms("shop", "EUR")


def line(position: int, number: int, customer: int, hour: int, quantity: int, cents: int) -> orders.Line:
    """Of one order number the customer and whether it is a refund are always the same."""
    refund = number % 3 == 0
    return orders.Line(
        f"{number}",
        refund,
        f"{number % 4}" if number % 5 else "",
        "DE",
        "",
        AT - timedelta(hours=hour),
        f"A{position % 3}",
        False,
        "",
        -quantity if refund else quantity,
        Decimal(cents) / 100,
        "",
        position,
    )


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(1, 20), st.integers(1, 400), st.integers(1, 5), st.integers(0, 999)),
            min_size=1,
            max_size=30,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_kept_rows_equal_a_recount(calls: list[list[tuple[int, int, int, int]]]) -> None:
    with transaction.atomic():
        numbers: set[str] = set()
        for call in calls:
            lines = [line(place, number, 0, *rest) for place, (number, *rest) in enumerate(call)]
            orders.record(lines, TERMS, AT, Origin.LIVE, joins=numbers)
            numbers |= {one.number for one in lines}
        assert not stats.differences()
        _equal_a_plain_count()
        transaction.set_rollback(True)


def _equal_a_plain_count() -> None:
    for customer in Customer.objects.all():
        placed = [o for o in customer.orders.order_by("-placed_at") if o.kind == "order"]
        refunds = [o for o in customer.orders.all() if o.kind == "refund"]
        kept = customer.stats
        assert (kept.orders, kept.refunds) == (len(placed), len(refunds))
        assert kept.ordered == sum(o.base_total for o in placed)
        assert kept.refunded == sum(o.base_total for o in refunds)
        assert kept.revenue == kept.ordered + kept.refunded
        assert kept.last_order_times == [o.placed_at for o in placed[:10]]
        assert kept.first_order_at == (placed[-1].placed_at if placed else None)
        if len(placed) > 1:
            gap = (placed[0].placed_at - placed[-1].placed_at) / (len(placed) - 1)
            assert abs(kept.average_gap - gap.total_seconds()) <= 0.5
        else:
            assert kept.average_gap is None


@pytest.mark.django_db
def test_a_recount_of_all_mends_what_is_wrong_and_empties_what_has_no_orders() -> None:
    order = OrderFactory()
    without = CustomerFactory()
    CustomerStats.objects.create(customer=without, orders=3)
    assert {(d.customer_id, d.field) for d in stats.differences()} >= {
        (order.customer_id, "orders"),
        (without.pk, "orders"),
    }
    stats.recount(None)
    assert not stats.differences()
    assert [row.customer for row in CustomerStats.objects.filter(orders__gt=0)] == [order.customer]


@pytest.mark.django_db
def test_the_command_names_differences_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    order = OrderFactory()
    stats.recount([order.customer_id])
    call_command("check_stats")
    CustomerStats.objects.update(ordered=1)
    with pytest.raises(CommandError):
        call_command("check_stats")
    assert f"customer {order.customer_id}: ordered is 1, counted 1290" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_two_at_once_for_one_customer_lose_no_order(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    """The control without the lock loses one: both count before either has committed."""
    slowly = "WHERE pg_sleep(0.3) IS NOT NULL AND kept.customer_id"
    monkeypatch.setattr(stats, "WRITE", stats.WRITE.replace("WHERE kept.customer_id", slowly, 1))
    if not locked:
        monkeypatch.setattr(stats, "LOCK", "SELECT %(ids)s")
    customer = CustomerFactory()
    CustomerStats.objects.create(customer=customer)
    together = threading.Barrier(2, timeout=20)

    def record(number: str) -> None:
        try:
            with transaction.atomic():
                OrderFactory(customer=customer, number=number)
                together.wait()
                stats.recount([customer.pk])
        finally:
            connection.close()

    threads = [threading.Thread(target=record, args=[number]) for number in ("1", "2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Order.objects.count() == 2
    assert CustomerStats.objects.get().orders == (2 if locked else 1)
    assert bool(stats.differences()) is not locked
