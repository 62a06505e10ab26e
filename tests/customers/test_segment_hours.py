"""Hours of a cart are counted, also on the two days on which the shop's clock is changed."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.models import Cart
from customers.segments import compiler, counting
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db
SPRING = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 in Berlin, where 02:30 was skipped
AUTUMN = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, for the second time


@pytest.mark.parametrize("at", [SPRING, AUTUMN])
@pytest.mark.parametrize(("minutes", "among"), [(45, 1), (75, 0), (105, 0), (135, 0)])
def test_a_cart_of_the_last_hour(at: datetime, minutes: int, among: int) -> None:
    touched = at - timedelta(minutes=minutes)
    times = {"opened_at": touched, "last_activity_at": touched}
    Cart.objects.create(customer=CustomerFactory(), state="abandoned", items=1, value=500, **times)
    params = {"state": "abandoned", "worth": 0, "from_hours": 0, "to_hours": 1, "subject": "any"}
    compiled = compiler.audience({"all": [{"condition": "cart", "params": params}]}, [], at)
    assert compiled.faults == []
    assert counting.count_within(compiled).number == among
