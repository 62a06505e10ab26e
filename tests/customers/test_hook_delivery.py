"""What is due reaches its receiver, signed; what fails is sent again, and keeps nobody else waiting."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import arming
from customers import privacy, retention
from customers.hooks import delivering, managing, noting
from customers.models import AuditEntry, Customer, Erasure, Hook, HookCall
from customers.privacy import Asked
from tests.customers import hooks
from tests.customers.hooks import DAY, MINUTE, NOON, always, in_turn, is_signed, receiver, sweep

pytestmark = pytest.mark.django_db


def test_a_fact_arrives_signed_and_once() -> None:
    with receiver(always()) as shop:
        hook, secret = hooks.hook(shop.url)
        hooks.order("Ä-10001")
        assert sweep() == 1
        assert sweep(1) == 0
    [told] = shop.told
    call = HookCall.objects.get()
    assert told.id == str(call.event)
    assert told.headers["content-type"] == "application/json"
    assert told.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert told.body == call.body
    assert "Ä-10001".encode() in told.raw
    assert is_signed(told.headers, told.raw, secret)
    assert not is_signed(told.headers, told.raw + b" ", secret)
    assert not is_signed(told.headers | {"webhook-timestamp": "1"}, told.raw, secret)
    assert not is_signed(told.headers, told.raw, "whsec_" + "A" * 43 + "=")
    assert (call.delivered_at, call.due_at, call.attempts, call.status) == (NOON, None, 1, 200)
    hook.refresh_from_db()
    assert (hook.delivered_at, hook.failures, hook.failing_since) == (NOON, 0, None)


def test_a_replaced_secret_signs_beside_the_new_one_for_a_day() -> None:
    with receiver(always()) as shop:
        hook, old = hooks.hook(shop.url)
        new = managing.rotate(hook, hooks.staff(), NOON)
        hooks.call(hook)
        sweep()
        hooks.call(hook, due_at=NOON + DAY)
        sweep(24 * 60 + 1)
    first, second = shop.told
    assert is_signed(first.headers, first.raw, old)
    assert is_signed(first.headers, first.raw, new)
    assert not is_signed(second.headers, second.raw, old)
    assert is_signed(second.headers, second.raw, new)


def test_calls_go_out_in_the_order_of_the_facts() -> None:
    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        for number in range(120):
            hooks.call(hook, number)
        assert sweep() == 120
    assert [told.body["data"]["number"] for told in shop.told] == [str(number) for number in range(120)]


def test_a_sweep_takes_a_fixed_number_of_statements_for_many_calls(
    django_assert_max_num_queries: Any,
) -> None:
    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        for number in range(49):
            hooks.call(hook, number)
        with django_assert_max_num_queries(20):
            sweep()
        assert len(shop.told) == 49


@pytest.mark.parametrize("status", [500, 503, 429, 404, 301, 400])
def test_whatever_is_no_yes_is_sent_again_under_the_same_id(status: int) -> None:
    with receiver(in_turn(status, status)) as shop:
        hook, secret = hooks.hook(shop.url)
        call = hooks.call(hook)
        assert [sweep(), sweep(0.5), sweep(1), sweep(2), sweep(6)] == [1, 0, 1, 0, 1]
    assert {told.id for told in shop.told} == {str(call.event)}
    assert len({told.headers["webhook-timestamp"] for told in shop.told}) == 3
    assert all(is_signed(told.headers, told.raw, secret) for told in shop.told)
    call.refresh_from_db()
    assert (call.delivered_at, call.attempts) == (NOON + 6 * MINUTE, 3)


def test_silence_counts_as_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "TIMEOUT", 0.2)
    with receiver(always(200, 1.0)) as shop:
        hook, _secret = hooks.hook(shop.url)
        call = hooks.call(hook)
        sweep()
    call.refresh_from_db()
    assert (call.status, call.detail, call.due_at) == (None, "silent", NOON + MINUTE)


def test_nobody_there_counts_as_no(settings: Any) -> None:
    with receiver(always()) as shop:
        place = shop.place
    settings.OUTGOING_HOSTS = [place]
    hook, _secret = hooks.hook(f"http://{place}/")
    call = hooks.call(hook)
    sweep()
    call.refresh_from_db()
    assert (call.status, call.detail) == (None, "unreached")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:9443/", "https://169.254.169.254/latest/", "http://8.8.8.8/", "https://[::1]:9443/"],
)
def test_an_address_inside_is_refused_at_the_call_too(url: str) -> None:
    """It was allowed when the form was saved, or its name leads elsewhere now."""
    hook, _secret = hooks.hook(url)
    call = hooks.call(hook)
    sweep()
    call.refresh_from_db()
    assert (call.attempts, call.status, call.detail) == (1, None, "forbidden")


def test_a_worker_that_dies_before_its_note_has_the_call_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        call = hooks.call(hook)
        with monkeypatch.context() as dying:
            dying.setattr(noting, "note", die)
            with pytest.raises(Killed):
                sweep()
        assert len(shop.told) == 1
        assert sweep(1) == 0  # the dead one's lease
        assert sweep(2) == 1
    assert [told.id for told in shop.told] == [str(call.event)] * 2
    call.refresh_from_db()
    assert call.delivered_at == NOON + 2 * MINUTE


def test_a_call_that_breaks_the_receiver_holds_up_no_other() -> None:
    def breaks(_number: int, body: dict[str, Any]) -> tuple[int, float]:
        return (500 if body["data"]["number"] == "1" else 200, 0.0)

    with receiver(breaks) as shop:
        hook, _secret = hooks.hook(shop.url)
        for number in (1, 2, 3):
            hooks.call(hook, number)
        assert sweep() == 1
        assert sweep(0.1) == 0  # the receiver rests
        assert sweep(0.2) == 2
    assert [told.body["data"]["number"] for told in shop.told] == ["1", "2", "3"]
    hook.refresh_from_db()
    assert hook.failing_since is None


def test_a_receiver_that_is_away_is_asked_ever_more_rarely() -> None:
    with receiver(always(503)) as shop:
        hook, _secret = hooks.hook(shop.url)
        for number in range(100):
            hooks.call(hook, number)
        for minute in range(3 * 60):
            sweep(minute)
    assert 8 <= len(shop.told) <= 14
    hook.refresh_from_db()
    assert hook.failing_since == NOON


def test_a_slow_receiver_keeps_no_other_waiting() -> None:
    with receiver(always(200, 0.6)) as slow, receiver(always()) as quick:
        for shop, name in ((slow, "Slow"), (quick, "Quick")):
            hook, _secret = hooks.hook(shop.url, name=name)
            for number in range(20):
                hooks.call(hook, number)
        sweep(seconds=1.0)
    assert len(quick.told) == 20
    assert 2 <= len(slow.told) < 6
    assert quick.told[-1].ended < slow.told[0].ended
    assert HookCall.objects.filter(delivered_at=None).count() == 20 - len(slow.told)


def test_after_three_days_a_call_is_given_up_and_its_hook_paused(administrator: Client) -> None:
    with receiver(always(500)) as shop:
        hook, _secret = hooks.hook(shop.url)
        call = hooks.call(hook)
        for hour in range(3 * 24 + 1):
            sweep(hour * 60)
    call.refresh_from_db()
    hook.refresh_from_db()
    assert (call.due_at, call.delivered_at) == (None, None)
    assert call.attempts == len(shop.told) > 10
    assert (hook.paused_at, hook.pause_reason) == (NOON + 3 * DAY, "failing")
    entry = AuditEntry.objects.get(action="hook.paused")
    assert (entry.user, entry.detail) == (None, {"reason": "failing"})
    page = administrator.get(reverse("today")).content.decode()
    assert "Webhooks that do not get through" in page
    assert "No call has got through for three days." in page


def test_the_page_of_today_is_quiet_while_all_is_well(administrator: Client) -> None:
    hook, _secret = hooks.hook()
    managing.pause(hook, hooks.staff(), NOON)
    assert "Webhooks that do not get through" not in administrator.get(reverse("today")).content.decode()
    Hook.objects.update(paused_at=None, pause_reason="", failing_since=NOON)
    assert "failing" in administrator.get(reverse("today")).content.decode()


def test_410_pauses_at_once() -> None:
    with receiver(in_turn(410)) as shop:
        hook, _secret = hooks.hook(shop.url)
        hooks.call(hook, 1)
        hooks.call(hook, 2)
        sweep()
        sweep(60)
        assert len(shop.told) == 1
        hook.refresh_from_db()
        assert hook.pause_reason == "gone"
        managing.resume(hook, hooks.staff(), NOON + 61 * MINUTE)
        assert sweep(61) == 2


def test_a_paused_hook_is_not_called_until_it_is_resumed() -> None:
    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        managing.pause(hook, hooks.staff(), NOON)
        hooks.order("1")
        assert sweep() == 0
        managing.resume(hook, hooks.staff(), NOON)
        assert sweep() == 1


def test_a_database_that_may_not_send_tells_nothing() -> None:
    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        hooks.call(hook)
        arming.disarm(None, NOON)
        assert sweep() == 0
        arming.arm(None, NOON, replayed=True)
        assert sweep() == 1
        assert len(shop.told) == 1


def test_a_secret_that_cannot_be_read_pauses_and_a_new_one_mends_it(settings: Any) -> None:
    with receiver(always()) as shop:
        hook, _secret = hooks.hook(shop.url)
        hooks.call(hook)
        settings.SECRET_KEY = "another"
        assert sweep() == 0
        hook.refresh_from_db()
        assert hook.pause_reason == "secret"
        fresh = managing.rotate(hook, hooks.staff(), NOON)
        managing.resume(hook, hooks.staff(), NOON + 2 * MINUTE)
        assert sweep(2) == 1
        assert is_signed(shop.told[0].headers, shop.told[0].raw, fresh)


def test_a_secret_stands_nowhere_in_the_database() -> None:
    hook, secret = hooks.hook()
    managing.rotate(hook, hooks.staff(), NOON)
    hook.refresh_from_db()
    assert secret not in f"{hook.secret} {hook.former_secret}"
    assert secret.removeprefix("whsec_") not in f"{hook.secret} {hook.former_secret}"


def test_what_was_told_of_somebody_goes_with_her_and_is_handed_out_before() -> None:
    hooks.hook()
    hooks.order("1")
    hooks.order("2", customer="K2")
    anna, bea = Customer.objects.order_by("identities__number")
    tables = {table.key: table for table in privacy.export([anna.pk])[anna.pk]}
    assert [row["kind"] for row in tables["hook_calls"].rows] == ["order.recorded"]
    privacy.erase(anna.pk, Asked(Erasure.By.CUSTOMER, NOON), NOON)
    assert HookCall.objects.get().customer == bea


def test_calls_are_kept_for_thirty_days() -> None:
    hook, _secret = hooks.hook()
    hooks.call(hook, created_at=NOON - 31 * DAY, due_at=None)
    young = hooks.call(hook, created_at=NOON - 29 * DAY, due_at=None)
    assert retention.apply(NOON)["hook_calls"] == 1
    assert HookCall.objects.get() == young


def test_a_lease_outlives_the_longest_turn() -> None:
    longest = delivering.SWEEP_SECONDS + delivering.LANE_SECONDS + 2 * delivering.TIMEOUT
    assert timedelta(seconds=2 * longest) < noting.LEASE
