"""Codes are put aside for the people of a run, by one statement for any number of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from channels.arbiter import eligibility, facts
from channels.models import Delivery
from loyalty.coupon_messages import marks
from loyalty.coupon_messages import statements as sql
from loyalty.models import Coupon

AT_ONCE = 10_000


def plan(delivery_ids: Sequence[int], at: datetime) -> int:
    """A code for everybody among these newly planned rows of one run who will get the message, now or later; how many.

    Who would not get it, for want of consent or in the control group, takes no code from others. For whom there is none
    is found by the gate. Runs in the transaction of the planning, so that a crash leaves neither.
    """
    version_id = Delivery.objects.filter(pk=delivery_ids[0]).values_list("version_id", flat=True).get()
    mark = marks.of_version(version_id)
    if mark is None or not Coupon.objects.filter(pk=mark.coupon_id, kind=Coupon.Kind.POOL).exists():
        return 0
    run_id, coupon_id = _open(delivery_ids[0], mark)
    return _reserve(run_id, coupon_id, _who_get_it(delivery_ids, at), at)


@transaction.atomic
def wait(run_id: int, coupon_id: int, at: datetime) -> int:
    """A code for those of the run who wait for one, the first ones first; how many got one."""
    params = {"run": run_id, "limit": AT_ONCE}
    return _reserve(run_id, coupon_id, [pk for (pk,) in _rows(sql.WAITING, params)], at)


def _open(delivery_id: int, mark: marks.Mark) -> tuple[int, int]:
    params = {"delivery": delivery_id, "coupon": mark.coupon_id, "leave_out": mark.leave_out}
    run_id, coupon_id = _rows(sql.OPEN_RUN, params)[0]
    return run_id, coupon_id


def _who_get_it(delivery_ids: Sequence[int], at: datetime) -> list[int]:
    """As the dry run foresees it; as there, nobody is asked for her code yet."""
    rows = [row._replace(version_id=None) for row in facts.load(delivery_ids)]
    never = eligibility.never(rows, at, facts.taken(rows))
    return [row.id for row in rows if row.id not in never]


def _reserve(run_id: int, coupon_id: int, delivery_ids: list[int], at: datetime) -> int:
    if not delivery_ids:
        return 0
    params = {"run": run_id, "coupon": coupon_id, "ids": delivery_ids, "at": at}
    return len(_rows(sql.RESERVE, params))


def _rows(statement: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
