"""What administrators do with webhooks. Each act stands in the audit log."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from customers import audit
from customers.hooks import delivering, signing, telling
from customers.hooks.kinds import hook_kinds
from customers.hooks.noting import Answered, Call, Lease
from customers.models import Hook, HookCall, User

TEST = "test"
RESTS = {"failures": 0, "failing_since": None, "rests_until": None}


@transaction.atomic
def add(hook: Hook, by: User, at: datetime) -> str:
    """Save a new hook; returns its secret, which is shown once."""
    secret = signing.made()
    hook.secret, hook.created_by, hook.created_at = signing.sealed(secret), by, at
    hook.save()
    audit.record(by, "hook.added", hook, at, kinds=hook.kinds)
    telling.changed()
    return secret


@transaction.atomic
def change(hook: Hook, fields: Collection[str], by: User, at: datetime) -> None:
    """Save what `fields` names. At another address it starts without the failures of the old one."""
    if not fields:
        return
    hook.save(update_fields=list(fields))
    if "url" in fields:
        Hook.objects.filter(pk=hook.pk).update(**RESTS)
    audit.record(by, "hook.changed", hook, at, fields=sorted(fields))
    telling.changed()


@transaction.atomic
def rotate(hook: Hook, by: User, at: datetime) -> str:
    """A new secret, shown once; the old one signs as well for a day."""
    found = Hook.objects.select_for_update(no_key=True).get(pk=hook.pk)
    secret = signing.made()
    Hook.objects.filter(pk=hook.pk).update(
        secret=signing.sealed(secret), former_secret=found.secret, former_until=at + signing.OVERLAP
    )
    audit.record(by, "hook.secret_replaced", hook, at)
    return secret


@transaction.atomic
def pause(hook: Hook, by: User, at: datetime) -> None:
    if Hook.objects.filter(pk=hook.pk, paused_at=None).update(paused_at=at, pause_reason=Hook.Pause.BY_HAND):
        audit.record(by, "hook.paused", hook, at, reason=str(Hook.Pause.BY_HAND))
        telling.changed()


@transaction.atomic
def resume(hook: Hook, by: User, at: datetime) -> None:
    """What waits is sent now."""
    paused = Hook.objects.filter(pk=hook.pk, paused_at__isnull=False)
    if paused.update(paused_at=None, pause_reason="", **RESTS):
        HookCall.objects.filter(hook=hook, due_at__gt=at).update(due_at=at)
        audit.record(by, "hook.resumed", hook, at)
        telling.changed()


@transaction.atomic
def delete(hook: Hook, by: User, at: datetime) -> None:
    """With its calls. Facts that are being written at this moment are waited for, and go too."""
    held = Hook.objects.select_for_update().filter(pk=hook.pk).first()
    if held is not None:
        audit.record(by, "hook.deleted", held, at, name=held.name)
        held.delete()
        telling.changed()


@transaction.atomic
def send_again(hook: Hook, call_ids: Collection[int], by: User, at: datetime) -> int:
    """Make calls that were delivered or given up once more, for as long as new ones; how many."""
    rows = HookCall.objects.filter(hook=hook, pk__in=call_ids, due_at=None).exclude(kind=TEST)
    count = rows.update(due_at=at, gives_up_at=at + telling.PATIENCE, delivered_at=None, attempts=0)
    if count:
        audit.record(by, "hook.sent_again", hook, at, calls=count)
    return count


def test(hook: Hook, by: User, at: datetime) -> Answered:
    """Call now, with the example of a kind that this hook is told of, whether it is paused or not. Raises vault.Lost.

    It is made once: the person who asks sees what came of it.
    """
    keys = signing.keys(hook, at)
    call = _test_call(hook, at)
    lease = Lease(hook.pk, hook.url, keys, at)
    answer = delivering.send(lease, Call(call.pk, call.event, call.body, 0), at)
    _note_test(call, answer)
    audit.record(by, "hook.tested", hook, at, status=answer.status or answer.detail)
    return answer


def _test_call(hook: Hook, at: datetime) -> HookCall:
    kind = next((hook_kinds[key] for key in hook.kinds if key in hook_kinds), None)
    told = dict(kind.sample) if kind else {}
    body = telling.body(TEST, {"of": kind.key if kind else None, **told}, at)
    return HookCall.objects.create(
        hook=hook, event=uuid.uuid4(), kind=TEST, body=body, created_at=at, gives_up_at=at, attempts=1
    )


def _note_test(call: HookCall, answer: Answered) -> None:
    HookCall.objects.filter(pk=call.pk).update(
        status=answer.status, detail=answer.detail, delivered_at=answer.at if answer.arrived else None
    )
