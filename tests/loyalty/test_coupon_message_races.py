"""A pool that is too small for all who plan and send at the same moment (F27), on real connections.

Results are read from rows. Each has a twin that does it the usual wrong way, whose steps meet between looking and
writing: it must go wrong, or the test would prove nothing.
"""

import threading
from collections.abc import Iterator

import pytest
from django.db import transaction

from channels.delivery import batching, planning, sending
from channels.models import Delivery, MessageVersion
from loyalty import books
from loyalty.coupon_messages import life
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import CouponCode, DeliveryCode
from tests.channels import runs
from tests.loyalty import crowd as crowds
from tests.loyalty.coupon_mails import NOW, codes, more, pool, version
from tests.loyalty.coupons import wish
from tests.loyalty.crowd import SIZE, Crowd

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = max(3, crowds.TRIALS // 10)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOW) if not verdict.green] == []


def given() -> list[int]:
    return [each["code"] for each in Delivery.objects.values_list("context", flat=True) if each]


def plan(of: MessageVersion, occurrence: int) -> None:
    planning.plan(of, occurrence, runs.Everybody(), 0, NOW)


def work() -> None:
    """A worker: whatever is packed and not claimed yet."""
    for batch in batching.unclaimed(NOW.replace(year=2100)):
        fence = batching.claim(batch.batch_id)
        if fence is not None:
            sending.run(batch.batch_id, fence, lambda: NOW)


@pytest.mark.parametrize("if_none", ["wait", "leave_out"])
def test_a_pool_too_small_for_eight_runs_gives_each_code_once(crowd, monkeypatch, if_none):
    monkeypatch.setattr(batching, "SIZE", 10)
    runs.scripted()
    runs.customers(15)
    made = pool(80)
    of = version(made, if_none, backend="scripted")
    crowd.together([lambda n=n: plan(of, n) for n in range(1, SIZE + 1)])  # 120 people
    # Who meets others at the pool may find it locked to the last code; the sweep gives what is left.
    crowd.together([lambda: life.sweep(NOW)] * 2)
    list(batching.pack(NOW))
    crowd.together([work] * SIZE)
    life.sweep(NOW)
    list(batching.pack(NOW))
    crowd.together([work] * SIZE)
    assert codes(made) == {"issued": 80}
    assert len(given()) == len(set(given())) == 80
    if if_none == "leave_out":
        assert runs.states(of) == {"accepted": 80, "withheld no_code": 40}
        return
    assert runs.states(of) == {"accepted": 80, "planned no_code": 40}
    more(made, 60)
    crowd.together([lambda: life.sweep(NOW)] * SIZE)
    list(batching.pack(NOW))
    crowd.together([work] * SIZE)
    assert runs.states(of) == {"accepted": 120}
    assert codes(made) == {"issued": 120, "free": 20}
    assert len(set(given())) == 120


def first_free(made_id: int, delivery_id: int, meet: threading.Barrier) -> None:
    """The usual way: look for a free code, then take it."""
    with transaction.atomic():
        found = CouponCode.objects.filter(coupon=made_id, state="free").order_by("pk").first()
        assert found is not None
        meet.wait(30)
        CouponCode.objects.filter(pk=found.pk).update(state="reserved")
        Delivery.objects.filter(pk=delivery_id).update(context={"code": found.pk})


def test_the_usual_way_gives_one_code_to_many(transactional_db):
    made = pool(SIZE)
    runs.customers(SIZE, permitted=False)
    rows = runs.planned(version(made))
    meet = threading.Barrier(SIZE)
    with crowds.gathered() as crowd:
        crowd.together([lambda row=row: first_free(made.pk, row.pk, meet) for row in rows])
    assert len(given()) == SIZE > len(set(given()))


def called(crowd: Crowd) -> tuple[CouponCode, Delivery]:
    """A code of somebody whose mail has just been refused for good."""
    made = pool(1)
    Delivery.objects.update(state="withheld")
    person = runs.customers(1)[0]
    of = version(made, backend="scripted")
    audience = runs.Everybody(params=(person.email,))
    planning.plan(of, 1, audience, 0, NOW)
    runs.send_all()
    row = Delivery.objects.get(message=of.message_id)
    Delivery.objects.filter(pk=row.pk).update(state="bounced")
    return CouponCode.objects.get(coupon=made), row


def test_a_code_is_either_redeemed_or_free_again(crowd):
    runs.scripted()
    for _round in range(ROUNDS):
        code, row = called(crowd)
        asked = wish(code.text, customer_id=row.customer_id)
        crowd.together(
            [lambda c=code: life.free([c.pk], NOW), lambda w=asked: redemptions.redeem(w, NOW)] * 3, Refused
        )
        code.refresh_from_db()
        used = code.redemptions.exists()
        assert code.state == ("issued" if used else "free")
        assert DeliveryCode.objects.filter(code=code).exists() == used


def test_without_a_lock_a_freed_code_is_redeemed(transactional_db):
    """The negative control: look whether it was redeemed, then free it, while somebody redeems."""
    runs.scripted()
    meet = threading.Barrier(2)
    with crowds.gathered() as crowd:
        code, row = called(crowd)
        asked = wish(code.text, customer_id=row.customer_id)

        def free() -> None:
            with transaction.atomic():
                unused = not code.redemptions.exists()
                meet.wait(30)
                meet.wait(30)
                if unused:
                    CouponCode.objects.filter(pk=code.pk).update(state="free", customer=None)

        def redeem() -> None:
            meet.wait(30)
            redemptions.redeem(asked, NOW)
            meet.wait(30)

        crowd.together([free, redeem])
    code.refresh_from_db()
    assert code.state == "free"
    assert code.redemptions.exists()
