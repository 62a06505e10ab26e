"""A code lives with its message: put aside when planned, given when called, counted from arrival, freed in vain."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from channels import consent
from channels.arbiter import facts
from channels.backends import Outcome
from channels.backends.base import Kind
from channels.delivery import outcomes, pausing, planning, sweeping
from channels.delivery.outcomes import Event, Happened
from channels.models import Account, Batch, Delivery
from loyalty import books
from loyalty.coupon_messages import life
from loyalty.coupons import issuing, redemptions, windows
from loyalty.coupons.refusals import Refused
from loyalty.gates.coupon import CouponOfMessage
from loyalty.models import CodeRun, Coupon, CouponCode, DeliveryCode
from tests.channels import people, runs
from tests.factories import UserFactory
from tests.loyalty.coupon_mails import NOW, codes, more, pool, states_of, version
from tests.loyalty.coupons import wish

pytestmark = pytest.mark.django_db
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def provider():
    return runs.scripted()


@pytest.fixture(autouse=True)
def books_are_green():
    yield
    assert [each.invariant.key for each in books.check(NOW) if not each.green] == []


def mailed(provider) -> dict[str, str]:
    """{recipient: text}."""
    return {call.recipient: call.text for call in provider.calls}


def label(code_id: int) -> str:
    return CouponCode.objects.get(pk=code_id).label


def redeem(delivery: Delivery, at=NOW):
    code = CouponCode.objects.get(pk=delivery.context["code"])
    return redemptions.redeem(wish(code.text, customer_id=delivery.customer_id), at)


def test_everybody_gets_a_code_of_her_own(provider):
    made = pool(5)
    runs.customers(3)
    rows = runs.planned(version(made, backend="scripted"))
    assert len({row.context["code"] for row in rows}) == 3
    assert codes(made) == {"reserved": 3, "free": 2}
    with pytest.raises(Refused, match="not_issued"):
        redeem(rows[0])
    runs.send_all()
    assert codes(made) == {"issued": 3, "free": 2}
    sent = mailed(provider)
    for row in rows:
        assert label(row.context["code"]) in sent[row.customer.email]
    assert redeem(rows[0]).state == "redeemed"


def test_a_repeated_chunk_puts_nothing_aside_twice(provider):
    made = pool(9)
    runs.customers(3)
    of = version(made)
    first = [row.context for row in runs.planned(of)]
    assert [row.context for row in runs.planned(of)] == first
    assert codes(made) == {"reserved": 3, "free": 6}


def test_a_crash_while_planning_leaves_neither_rows_nor_codes(provider):
    made = pool(3)
    runs.customers(3)
    of = version(made)
    with transaction.atomic():
        runs.planned(of)
        assert codes(made) == {"reserved": 3}
        transaction.set_rollback(True)
    assert codes(made) == {"free": 3}
    assert not DeliveryCode.objects.exists()


def test_who_will_not_get_it_takes_no_code(provider):
    made = pool(9)
    runs.customers(2)
    runs.customers(2, permitted=False)
    runs.customers(1, email="anna0@example.org")  # one mail per address
    consent.record([people.yes(runs.Customer.objects.last())], people.NOON)
    of = version(made, backend="scripted")
    rows = runs.planned(of)
    assert codes(made) == {"reserved": 2, "free": 7}
    runs.send_all()
    assert codes(made) == {"issued": 2, "free": 7}
    life.sweep(NOW)
    runs.send_all()  # the second at the address waited for a code before anybody asked whether she needs one
    life.sweep(NOW)
    assert Counter(row.state for row in Delivery.objects.all()) == {"accepted": 2, "withheld": 3}
    assert codes(made) == {"issued": 2, "free": 7}
    assert len(rows) == 5


def test_the_control_group_gets_no_codes(provider):
    made = pool(9)
    runs.customers(4)
    of = version(made, backend="scripted")
    planning.plan(of, 1, runs.Everybody(), 0, NOW, holdout=1.0)
    runs.send_all()
    life.sweep(NOW)
    assert runs.states(of) == {"withheld holdout": 4}
    assert codes(made) == {"free": 9}


def test_an_empty_pool_has_people_wait_and_a_top_up_sends_to_them(provider):
    made = pool(2)
    runs.customers(5)
    of = version(made, backend="scripted")
    runs.planned(of)
    runs.send_all()
    assert runs.states(of) == {"accepted": 2, "planned no_code": 3}
    runs.send_all(NOW + MINUTE)  # they do not go round and round
    assert len(provider.calls) == 2
    life.sweep(NOW + MINUTE)
    assert runs.states(of) == {"accepted": 2, "planned no_code": 3}
    more(made, 2)
    life.sweep(NOW + 2 * MINUTE)
    life.sweep(NOW + 2 * MINUTE)
    runs.send_all(NOW + 2 * MINUTE)
    assert runs.states(of) == {"accepted": 4, "planned no_code": 1}
    assert codes(made) == {"issued": 4}
    assert len(mailed(provider)) == 4


def test_an_empty_pool_leaves_people_out_where_the_author_says_so(provider):
    made = pool(2)
    runs.customers(5)
    of = version(made, "leave_out", backend="scripted")
    runs.planned(of)
    runs.send_all()
    assert runs.states(of) == {"accepted": 2, "withheld no_code": 3}


def test_nobody_is_left_out_while_there_are_codes(provider):
    """She said yes after planning, so nothing was put aside for her."""
    made = pool(2)
    (late,) = runs.customers(1, permitted=False)
    of = version(made, "leave_out", backend="scripted")
    runs.planned(of)
    consent.record([people.yes(late)], people.NOON)
    runs.send_all()
    assert runs.states(of) == {"planned no_code": 1}
    life.sweep(NOW)
    runs.send_all()
    assert runs.states(of) == {"accepted": 1}


def test_what_was_put_aside_in_vain_goes_to_those_who_wait(provider):
    made = pool(2)
    first, *_others = runs.customers(3)
    of = version(made, backend="scripted")
    runs.planned(of)
    consent.record([people.no(first)], people.NOON + DAY)
    runs.send_all()
    assert runs.states(of) == {"withheld no_consent": 1, "accepted": 1, "planned no_code": 1}
    life.sweep(NOW)
    runs.send_all()
    assert runs.states(of) == {"withheld no_consent": 1, "accepted": 2}
    life.sweep(NOW)
    assert codes(made) == {"issued": 2}
    assert CodeRun.objects.get().closed_at == NOW


def test_a_refused_mail_frees_its_code(provider):
    made = pool(2)
    runs.customers(2)
    provider.answer = lambda call: (
        Outcome(Kind.ADDRESS, "", "550") if "anna0" in call.recipient else runs.ACCEPT
    )
    of = version(made, backend="scripted")
    runs.planned(of)
    runs.send_all()
    assert codes(made) == {"issued": 2}
    life.sweep(NOW)
    assert codes(made) == {"issued": 1, "free": 1}
    assert not CouponCode.objects.filter(state="free").exclude(customer=None, issued_at=None).exists()


def bounce(row: Delivery, key: str = "b") -> list[int]:
    return outcomes.record([Event(Happened.BOUNCED, key, NOW, row.pk)], NOW)


def test_a_bounce_frees_the_code_and_a_repeated_one_nothing(provider):
    made = pool(1)
    runs.customers(1)
    (row,) = runs.planned(version(made, backend="scripted"))
    runs.send_all()
    bounce(row)
    assert codes(made) == {"free": 1}
    again = runs.planned(version(made, backend="scripted", topic=row.message.topic), occurrence=2)
    assert again[0].context == {} or again[0].context["code"] == row.context["code"]
    state = codes(made)
    bounce(row)
    bounce(row, "another")
    assert codes(made) == state  # what is somebody else's now is left alone


def test_a_redeemed_code_stays_hers_whatever_bounces(provider):
    made = pool(1)
    runs.customers(1)
    (row,) = runs.planned(version(made, backend="scripted"))
    runs.send_all()
    redeem(row)
    bounce(row)
    life.sweep(NOW)
    assert codes(made) == {"issued": 1}


def test_an_unknown_call_keeps_the_code_and_it_can_be_redeemed(provider):
    made = pool(1)
    runs.customers(1)
    provider.answer = lambda call: Outcome(Kind.UNKNOWN, "", "no answer")
    of = version(made, backend="scripted")
    (row,) = runs.planned(of)
    runs.send_all()
    life.sweep(NOW)
    assert runs.states(of) == {"unknown no_answer": 1}
    assert codes(made) == {"issued": 1}
    assert redeem(row).state == "redeemed"


def test_a_worker_who_dies_between_calling_and_the_answer_loses_no_code(provider):
    """The provider has taken the mail, our answer is rolled back (F28)."""
    made = pool(1)
    runs.customers(1)
    of = version(made, backend="scripted")
    (row,) = runs.planned(of)

    def die(calls):
        raise KeyboardInterrupt

    provider.before = die
    with pytest.raises(KeyboardInterrupt):
        runs.send_all()
    assert codes(made) == {"issued": 1}
    row.refresh_from_db()
    assert row.state == "calling"
    life.sweep(NOW)
    Batch.objects.update(lease_until=NOW - 365 * DAY)
    sweeping.sweep(NOW)
    life.sweep(NOW)
    assert runs.states(of) == {"unknown lease_lost": 1}
    assert codes(made) == {"issued": 1}


def test_cancelling_frees_all_that_were_not_called(provider):
    made = pool(4)
    runs.customers(3)
    of = version(made)
    runs.planned(of)
    pausing.cancel(of.message_id, NOW)
    life.sweep(NOW)
    assert codes(made) == {"free": 4}
    life.sweep(NOW)
    assert CodeRun.objects.get().closed_at == NOW


def two_channels(made: Coupon):
    account = Account.objects.create(name="SMS", backend="sandbox", channel="sms")
    return version(made, channels=["email", "sms"]), account


def test_the_next_channel_brings_the_same_code(provider):
    made = pool(2)
    (anna,) = runs.customers(1, phone="+4915112345678")
    consent.record([replace(people.yes(anna), channel="sms")], people.NOON)
    of, _account = two_channels(made)
    (row,) = runs.planned(of)
    runs.send_all()
    bounce(row)
    second = Delivery.objects.get(attempt=1)
    assert second.context == row.context
    assert codes(made) == {"issued": 1, "free": 1}
    runs.send_all()
    second.refresh_from_db()
    assert (second.state, states_of(second)) == ("accepted", "issued")
    outcomes.record([Event(Happened.BOUNCED, "sms", NOW, second.pk)], NOW)
    assert codes(made) == {"free": 2}


def test_the_days_of_a_code_run_from_its_arrival(provider):
    made = pool(1, days_from_issue=3)
    runs.customers(1)
    (row,) = runs.planned(version(made, backend="scripted"))
    runs.send_all()
    code = CouponCode.objects.get(pk=row.context["code"])
    assert (code.valid_from, code.valid_until) == windows.of_code(made, NOW)
    assert "25. November 2026" in provider.calls[0].text
    assert provider.calls[0].ends_at == code.valid_until
    arrived = NOW + DAY
    outcomes.record([Event(Happened.DELIVERED, "d", arrived, row.pk)], arrived)
    outcomes.record([Event(Happened.DELIVERED, "later", arrived + DAY, row.pk)], arrived + DAY)
    code.refresh_from_db()
    assert (code.valid_from, code.valid_until) == (NOW, windows.of_code(made, arrived)[1])


def test_an_ended_or_paused_coupon_is_not_sent(provider):
    made = pool(1)
    runs.customers(1)
    of = version(made, backend="scripted")
    runs.planned(of)
    Coupon.objects.update(active=False)
    runs.send_all()
    assert runs.states(of) == {"planned coupon_paused": 1}
    today = NOW.astimezone(ZoneInfo(made.time_zone)).date()
    ended = datetime.combine(today, time(), ZoneInfo(made.time_zone))
    Coupon.objects.update(active=True, ends_on=today - timedelta(days=1), valid_until=ended)
    runs.send_all(NOW + 11 * MINUTE)
    assert runs.states(of) == {"withheld coupon_over": 1}
    assert not provider.calls


def test_a_code_made_void_is_not_sent(provider):
    made = pool(2)
    runs.customers(1)
    of = version(made, backend="scripted")
    (row,) = runs.planned(of)
    issuing.void(CouponCode.objects.get(pk=row.context["code"]), UserFactory(), NOW)
    runs.send_all()
    assert runs.states(of) == {"withheld code_void": 1}
    life.sweep(NOW)
    assert codes(made) == {"void": 1, "free": 1}


def test_one_code_for_all_needs_no_pool(provider):
    made = pool(0, kind="generic", single_use=False)
    issuing.publish(made, "SOMMER20", NOW)
    runs.customers(2)
    runs.planned(version(made, backend="scripted"))
    runs.send_all()
    assert len(provider.calls) == 2
    assert all("SOMMER20" in call.text for call in provider.calls)
    assert not CodeRun.objects.exists()


def test_a_message_without_a_coupon_asks_nothing_of_us(provider, django_assert_num_queries):
    runs.customers(1)
    of = runs.version(backend="scripted")
    rows = runs.planned(of)
    loaded = facts.load([row.pk for row in rows])
    CouponOfMessage().gate(loaded, NOW)
    with django_assert_num_queries(0):
        assert CouponOfMessage().gate(loaded, NOW) == {}
