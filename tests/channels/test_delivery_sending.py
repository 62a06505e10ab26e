"""A batch from planned to its ends: gates, calls, outcomes."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels import consent, suppression
from channels.arbiter import explain
from channels.backends import Outcome
from channels.backends.base import Kind
from channels.delivery import (
    batching,
    contents,
    dry_runs,
    pausing,
    planning,
    progress,
    sending,
    sweeping,
    verdicts,
)
from channels.delivery.dry_runs import Outcome as Outcome_
from channels.messages import rendering
from channels.messages.rendering import RenderFault
from channels.models import Account, Batch, Delivery, Message, SandboxMail, Suppression
from customers.models import Customer
from tests.channels import mails, people, runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db


def test_the_sandbox_keeps_what_was_sent() -> None:
    runs.customers(3)
    version = runs.version()
    runs.planned(version)
    [batch_id] = runs.send_all()
    assert runs.states(version) == {"accepted": 3}
    assert SandboxMail.objects.count() == 3
    batch = Batch.objects.get(pk=batch_id)
    assert batch.done_at is not None
    assert batch.lease_until is None
    row = Delivery.objects.first()
    assert row is not None
    assert row.called_at
    assert row.ended_at
    assert row.provider_id.startswith("sandbox-")
    assert row.address_key == suppression.address_key("email", "anna0@example.org")


def test_nothing_is_due_before_its_time() -> None:
    runs.customers(1)
    version = runs.version()
    runs.planned(version, due_at=NOW + timedelta(minutes=5))
    assert runs.send_all() == []
    runs.send_all(NOW + timedelta(minutes=5))
    assert runs.states(version) == {"accepted": 1}


def test_every_reason_not_to_send_is_named() -> None:
    fine, silent, objecting, nowhere, odd, erased, twin = (
        runs.customers(1, permitted=n != 1)[0] for n in range(7)
    )
    Customer.objects.filter(pk=nowhere.pk).update(email="")
    Customer.objects.filter(pk=odd.pk).update(email="anna@localhost\r\nBcc: x@example.org")
    Customer.objects.filter(pk=twin.pk).update(email=fine.email.upper())
    suppression.suppress("email", [objecting.email], Suppression.Reason.OBJECTION, NOW)
    version = runs.version()
    runs.planned(version)
    Customer.objects.filter(pk=erased.pk).update(erased_at=NOW)
    runs.send_all()
    assert dict(Delivery.objects.values_list("customer_id", "reason")) == {
        fine.pk: "",
        silent.pk: "no_consent",
        objecting.pk: "suppressed",
        nowhere.pk: "no_address",
        odd.pk: "bad_address",
        erased.pk: "erased",
        twin.pk: "same_address",
    }
    assert runs.states(version)["accepted"] == 1


def test_service_mail_needs_no_consent_and_minds_only_dead_mailboxes() -> None:
    objecting, dead = runs.customers(2, permitted=False)
    suppression.suppress("email", [objecting.email], Suppression.Reason.OBJECTION, NOW)
    suppression.suppress("email", [dead.email], Suppression.Reason.BOUNCE, NOW)
    version = runs.version(purpose="service")
    runs.planned(version)
    runs.send_all()
    assert dict(Delivery.objects.values_list("customer_id", "reason")) == {
        objecting.pk: "",
        dead.pk: "suppressed",
    }


@pytest.mark.fault("F20")
def test_an_opt_out_between_rendering_and_the_slice_is_obeyed() -> None:
    """F20: at most the one call already in flight."""
    first, *rest = runs.customers(120)
    version = runs.version(backend="scripted")
    provider = runs.scripted()

    def opt_out(calls: object) -> None:
        if not provider.calls:
            consent.record([people.no(person, minutes=9) for person in [first, *rest]], NOW)

    provider.before = opt_out
    runs.planned(version)
    runs.send_all()
    assert len(provider.calls) == sending.FIRST_SLICE
    assert runs.states(version) == {"accepted": sending.FIRST_SLICE, "withheld no_consent": 70}


@pytest.mark.fault("F22")
def test_the_address_is_read_at_the_last_moment() -> None:
    """F22: never the old address."""
    [person] = runs.customers(1)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    runs.planned(version)
    Customer.objects.filter(pk=person.pk).update(email="new@example.org")
    runs.send_all()
    assert [call.recipient for call in provider.calls] == ["new@example.org"]


def test_only_consent_to_tracking_lets_links_name_the_person() -> None:
    plain, tracked = runs.customers(2)
    consent.record([people.yes(tracked, purpose="tracking")], NOW)
    version = runs.version(mails.button())
    runs.planned(version)
    runs.send_all()
    assert dict(Delivery.objects.values_list("customer_id", "tracked")) == {plain.pk: False, tracked.pk: True}


def test_a_broken_line_waits_and_is_parked_at_last() -> None:
    runs.customers(1)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.LINE, detail="451 later")
    runs.planned(version)
    at = NOW
    for tries in range(1, verdicts.MOST_TRIES):
        runs.send_all(at)
        row = Delivery.objects.get()
        assert (row.state, row.reason, row.tries, row.batch_id) == ("planned", "line", tries, None)
        assert row.due_at > at
        assert runs.send_all(at) == []
        at += timedelta(hours=2)
    runs.send_all(at)
    assert runs.states(version) == {"refused line": 1}
    assert len(provider.calls) == verdicts.MOST_TRIES


def test_a_broken_line_lets_the_account_rest_and_nobody_else_is_tried() -> None:
    runs.customers(200)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.LINE, detail="connection refused")
    runs.planned(version)
    runs.send_all()
    assert len(provider.calls) == sending.FIRST_SLICE
    assert runs.send_all(NOW + timedelta(seconds=1)) == []
    provider.answer = lambda call: runs.ACCEPT
    for minutes in (15, 90):
        runs.send_all(NOW + timedelta(minutes=minutes))
    assert runs.states(version) == {"accepted": 200}


@pytest.mark.fault("F10")
def test_the_provider_says_when_to_come_back() -> None:
    """F10."""
    runs.customers(1)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.LINE, detail="429", retry_after=90)
    runs.planned(version)
    runs.send_all()
    assert Delivery.objects.get().due_at == NOW + timedelta(seconds=90)
    provider.answer = lambda call: runs.ACCEPT
    assert runs.send_all(NOW + timedelta(seconds=89)) == []
    runs.send_all(NOW + timedelta(seconds=90))
    assert runs.states(version) == {"accepted": 1}


def test_a_bad_address_is_suppressed_and_nobody_else_is_touched() -> None:
    bad, good = runs.customers(2)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    refusal = Outcome(Kind.ADDRESS, detail="550 5.1.1 no such user")
    provider.answer = lambda call: refusal if call.recipient == bad.email else runs.ACCEPT
    runs.planned(version)
    runs.send_all()
    assert dict(Delivery.objects.values_list("customer_id", "state")) == {
        bad.pk: "refused",
        good.pk: "accepted",
    }
    key = suppression.address_key("email", bad.email)
    assert list(Suppression.objects.values_list("address_key", "reason")) == [(key, "bounce")]


def test_the_refused_addresses_of_a_slice_are_suppressed_together_in_the_order_of_everybody() -> None:
    """One lock of Reach per settlement, by id: else it could meet a withdrawal of the same people head-on."""
    everybody = runs.customers(4)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    bad = {everybody[3].email, everybody[1].email}
    provider.answer = lambda call: Outcome(Kind.ADDRESS) if call.recipient in bad else runs.ACCEPT
    runs.planned(version)
    settling: list[int] = []
    provider.before = lambda calls: settling.append(len(connection.queries))
    with CaptureQueriesContext(connection) as queries:
        runs.send_all()
    later = [query["sql"] for query in queries.captured_queries[settling[0] - queries.initial_queries :]]
    locks = [sql for sql in later if "channels_reach" in sql and "FOR UPDATE" in sql]
    assert len(locks) == 1
    assert 'ORDER BY "channels_reach"."id"' in locks[0]
    assert sum("INSERT INTO channels_suppression" in sql for sql in later) == 1
    keys = {suppression.address_key("email", each): each for each in bad}
    refused = {row.address_key: row.pk for row in Delivery.objects.filter(state="refused")}
    assert refused.keys() == keys.keys()
    assert dict(Suppression.objects.values_list("address_key", "source")) == {
        key: f"delivery {pk}" for key, pk in refused.items()
    }
    assert runs.states(version)["accepted"] == 2


@pytest.mark.fault("F14")
def test_a_wrong_key_pauses_the_account_and_suppresses_nobody() -> None:
    """F14: rows stay planned, one alarm, and resuming goes on."""
    runs.customers(120)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.US, detail="535 5.7.8 wrong password")
    runs.planned(version)
    runs.send_all()
    account = Account.objects.get(pk=version.account_id)
    assert account.paused_at == NOW
    assert account.pause_reason == "535 5.7.8 wrong password"
    assert runs.states(version) == {"planned paused": sending.FIRST_SLICE, "planned": 70}
    assert not Suppression.objects.exists()
    assert runs.send_all() == []
    pausing.resume_account(account.pk)
    provider.answer = lambda call: runs.ACCEPT
    runs.send_all()
    assert runs.states(version) == {"accepted": 120}


def test_one_mail_that_the_provider_does_not_want_stops_nobody_else() -> None:
    bad, *_rest = runs.customers(3)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    refusal = Outcome(Kind.US, detail="554 5.6.0 odd content")
    provider.answer = lambda call: refusal if call.recipient == bad.email else runs.ACCEPT
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 2, "refused content": 1}
    assert Account.objects.get(pk=version.account_id).paused_at is None


@pytest.mark.fault("F12")
def test_no_answer_is_never_sent_again_for_marketing_but_is_for_service() -> None:
    """F12."""
    runs.customers(1)
    marketing = runs.version(backend="scripted")
    service = runs.version(backend="scripted", purpose="service")
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.UNKNOWN, detail="timeout")
    runs.planned(marketing)
    runs.planned(service)
    runs.send_all()
    provider.answer = lambda call: runs.ACCEPT
    runs.send_all(NOW + timedelta(hours=1))
    assert runs.states(marketing) == {"unknown no_answer": 1}
    assert runs.states(service) == {"accepted": 1}


def test_a_call_without_an_outcome_is_unknown() -> None:
    runs.customers(2)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.send = lambda calls, at: {calls[0].id: runs.ACCEPT}  # type: ignore[method-assign]
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 1, "unknown no_answer": 1}


def test_a_backend_that_raises_pauses_its_account() -> None:
    runs.customers(60)
    version = runs.version(backend="scripted")

    def broken(calls: object) -> None:
        raise RuntimeError("a fault of ours")

    runs.scripted().before = broken
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"unknown no_answer": sending.FIRST_SLICE, "planned": 10}
    assert "RuntimeError" in Account.objects.get(pk=version.account_id).pause_reason


def test_what_there_was_no_time_for_goes_in_the_next_slice() -> None:
    runs.customers(30)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    seen: list[int] = []

    def half(call: object) -> Outcome:
        seen.append(1)
        return runs.ACCEPT if len(seen) % 2 else Outcome(Kind.UNSENT)

    provider.answer = half
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 30}
    assert Delivery.objects.filter(tries__gt=0).count() == 0


def faulty(monkeypatch: pytest.MonkeyPatch, is_faulty: Callable[[int], bool]) -> None:
    real = rendering.ready

    def ready(rows: Sequence[rendering.Row], at: datetime) -> dict[int, rendering.Fill]:
        poisoned = {row.id: lambda: RenderFault("No value.") for row in rows if is_faulty(row.customer_id)}
        return real(rows, at) | poisoned

    monkeypatch.setattr(rendering, "ready", ready)


@pytest.mark.fault("F18")
def test_a_poison_row_ends_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """F18: the run goes on below five in a hundred."""
    people_ = runs.customers(500)
    poison = {person.pk for person in people_[::25]}
    faulty(monkeypatch, lambda customer_id: customer_id in poison)
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 480, "render_error template": 20}
    assert Message.objects.get(pk=version.message_id).paused_at is None


@pytest.mark.parametrize("at_once", [True, False])
def test_rendering_that_raises_for_one_person_ends_alone(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    """While her values are loaded with those of all others, or once hers are filled in."""
    people_ = runs.customers(30)
    real = rendering.ready

    def fail() -> RenderFault:
        raise ValueError

    def ready(rows: Sequence[rendering.Row], at: datetime) -> dict[int, rendering.Fill]:
        hers = {row.id: fail for row in rows if row.customer_id == people_[7].pk}
        if hers and at_once:
            fail()
        return real(rows, at) | hers

    monkeypatch.setattr(rendering, "ready", ready)
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 29, "render_error template": 1}


def test_people_who_are_gone_are_no_fault_of_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have no values any more, so their mails cannot be rendered; that must not pause it for the others."""
    people_ = runs.customers(30)
    gone = {person.pk for person in people_[: contents.PROBE + 2]}
    version = runs.version()
    runs.planned(version)
    Customer.objects.filter(pk__in=gone).update(erased_at=NOW)
    faulty(monkeypatch, lambda customer_id: customer_id in gone)
    runs.send_all()
    assert runs.states(version) == {"withheld erased": len(gone), "accepted": 30 - len(gone)}
    assert Message.objects.get(pk=version.message_id).paused_at is None


@pytest.mark.fault("F19")
def test_a_template_that_always_fails_stops_after_the_first_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: not after all of them."""
    runs.customers(300)
    faulty(monkeypatch, lambda customer_id: True)
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"render_error template": contents.PROBE, "planned": 280}
    message = Message.objects.get(pk=version.message_id)
    assert message.paused_at == NOW
    assert "No value." in message.pause_reason
    assert runs.send_all() == []


@pytest.mark.fault("F25")
def test_paused_rows_wait_and_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """F25: after the pause no more than the slice in flight."""
    runs.customers(120)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.before = lambda calls: pausing.pause(version.message_id, NOW) and None
    runs.planned(version)
    runs.send_all()
    assert len(provider.calls) == sending.FIRST_SLICE
    assert runs.states(version) == {"accepted": sending.FIRST_SLICE, "planned paused": 70}
    provider.before = lambda calls: None
    pausing.resume(version.message_id)
    runs.send_all()
    assert runs.states(version) == {"accepted": 120}


def test_cancelling_is_final() -> None:
    runs.customers(120)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    provider.before = lambda calls: pausing.cancel(version.message_id, NOW)
    runs.planned(version)
    runs.send_all()
    pausing.resume(version.message_id)
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": sending.FIRST_SLICE, "cancelled cancelled": 70}


def test_what_comes_too_late_expires() -> None:
    runs.customers(2)
    version = runs.version(expires_after=timedelta(hours=1))
    runs.planned(version)
    sweeping.sweep(NOW + timedelta(minutes=59))
    assert runs.states(version) == {"planned": 2}
    runs.send_all(NOW + timedelta(hours=1))
    assert runs.states(version) == {"expired late": 2}


def test_controls_are_those_who_would_have_been_written_to() -> None:
    silent = runs.customers(3, permitted=False)
    runs.customers(5)
    version = runs.version()
    planning.plan(version, 1, runs.Everybody(), 0, NOW, holdout=1.0)
    runs.send_all()
    assert runs.states(version) == {"withheld no_consent": len(silent), "withheld holdout": 5}


def test_a_slow_account_is_not_driven_faster() -> None:
    runs.customers(8)
    version = runs.version(backend="scripted")
    runs.scripted()
    Account.objects.filter(pk=version.account_id).update(per_second=4)
    runs.planned(version)
    started = time.monotonic()
    runs.send_all()
    assert runs.states(version) == {"accepted": 8}
    assert time.monotonic() - started > 1.5


def test_progress_and_dry_run_agree_with_what_happens() -> None:
    runs.customers(4)
    runs.customers(3, permitted=False)
    runs.customers(2, email="")
    runs.customers(2, email="same@example.org")
    version = runs.version(languages=("de", "en"))
    dry = dry_runs.count(version, runs.Everybody(), NOW)
    draft = dry_runs.count(version.message, runs.Everybody(), NOW)
    assert dry == draft
    assert not Delivery.objects.exists()
    assert (dry.audience, dry.send, dry.languages) == (11, 5, {"de": 5})
    runs.planned(version)
    assert not progress.of(version.message_id, 1, NOW).finished
    runs.send_all()
    after = progress.of(version.message_id, 1, NOW)
    assert after.finished
    assert after.people == 11
    sent = {Outcome_("send", ""): after.counts.pop(Outcome_("accepted", ""))}
    assert dict(dry.counts) == after.counts | sent
    for outcome, count in dry.counts.items():
        assert len(dry.people[outcome]) == count


def test_people_are_counted_by_their_last_attempt() -> None:
    [person] = runs.customers(1)
    version = runs.version()
    [first] = runs.planned(version)
    Delivery.objects.filter(pk=first.pk).update(state="bounced")
    Delivery.objects.create(
        message_id=version.message_id,
        occurrence=1,
        customer=person,
        attempt=1,
        version=version,
        account_id=version.account_id,
        channel="email",
        language="de",
        due_at=NOW,
        state="accepted",
    )
    assert progress.of(version.message_id, 1, NOW).counts == {Outcome_("accepted", ""): 1}


def test_why_a_delivery_waits_can_be_explained() -> None:
    runs.customers(1, permitted=False)
    version = runs.version()
    [row] = runs.planned(version)
    answers = {answer.gate: answer.verdict.reason for answer in explain.explain(row.pk, NOW)}
    assert answers["consent"] == "no_consent"
    assert answers["address"] == answers["holdout"] == ""


@pytest.mark.fault("F6")
def test_a_batch_is_claimed_once() -> None:
    """F6: however often the broker delivers the message."""
    runs.customers(1)
    runs.planned(runs.version())
    [batch] = batching.pack(NOW)
    assert batching.claim(batch.batch_id) == 1
    assert batching.claim(batch.batch_id) is None


def test_a_lost_lease_leaves_marketing_in_doubt_and_sends_service_again() -> None:
    runs.customers(3)
    marketing = runs.version()
    service = runs.version(purpose="service")
    runs.planned(marketing)
    runs.planned(service)
    for batch in list(batching.pack(NOW)):
        batching.claim(batch.batch_id)
    for batch in Batch.objects.all():
        Delivery.objects.filter(pk=batch.packed[0]).update(state="calling", batch=batch)
    sweeping.sweep(NOW)
    assert "unknown lease_lost" not in runs.states(marketing)
    Batch.objects.update(lease_until=NOW - timedelta(days=9))
    sweeping.sweep(NOW)
    runs.send_all()
    assert runs.states(marketing) == {"unknown lease_lost": 1, "accepted": 2}
    assert runs.states(service) == {"accepted": 3}


def test_a_service_message_that_stops_every_worker_is_left_to_a_person_in_the_end() -> None:
    runs.customers(1)
    service = runs.version(purpose="service")
    runs.planned(service)
    found = []
    for _worker in range(verdicts.MOST_TRIES):
        [batch] = batching.pack(NOW)
        batching.claim(batch.batch_id)
        Delivery.objects.update(state="calling", batch=batch.batch_id)
        Batch.objects.update(lease_until=NOW - timedelta(days=9))
        sweeping.sweep(NOW)
        found += runs.states(service)
    assert found == ["planned lease_lost"] * (verdicts.MOST_TRIES - 1) + ["unknown lease_lost"]
    assert runs.send_all() == []


def test_a_late_answer_settles_what_the_sweeper_put_in_doubt() -> None:
    runs.customers(2)
    version = runs.version(backend="scripted")
    provider = runs.scripted()

    def lose_the_lease(calls: object) -> None:
        Batch.objects.update(lease_until=NOW - timedelta(days=9))
        sweeping.sweep(NOW)
        assert runs.states(version) == {"unknown lease_lost": 2}

    provider.before = lose_the_lease
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 2}


@pytest.mark.parametrize("kind", [Kind.UNSENT, Kind.LINE, Kind.US])
def test_a_worker_that_comes_back_late_plans_nobody_again(kind: Kind) -> None:
    """The run may have been found finished: what was in doubt ends, or stays in doubt for a person."""
    first, second = runs.customers(2)
    version = runs.version(backend="scripted")
    provider = runs.scripted()
    finished: list[bool] = []

    def lose_the_lease(calls: object) -> None:
        Batch.objects.update(lease_until=NOW - timedelta(days=9))
        sweeping.sweep(NOW)
        finished.append(progress.of(version.message_id, 1, NOW).finished)

    provider.before = lose_the_lease
    provider.answer = lambda call: runs.ACCEPT if call.recipient == first.email else Outcome(kind)
    runs.planned(version)
    runs.send_all()
    assert finished == [True]
    assert progress.of(version.message_id, 1, NOW).finished
    states = dict(Delivery.objects.values_list("customer_id", "state"))
    assert states == {first.pk: "accepted", second.pk: "refused" if kind == Kind.US else "unknown"}
    assert runs.send_all(NOW + timedelta(days=1)) == []
