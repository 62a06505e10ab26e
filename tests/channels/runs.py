"""A launched message with an audience, for the tests of delivery."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from channels import backends, consent
from channels.backends import Call, Outcome
from channels.backends.base import Backend, Kind
from channels.delivery import batching, planning, sending
from channels.messages import rendering, versions
from channels.models import Delivery, Message, MessageVersion
from customers.models import Customer
from tests.channels import mails, people

NOW = mails.NOW


class Everybody(NamedTuple):
    """An audience as the segment compiler gives it: all living customers, or those with an e-mail like this."""

    params: tuple[Any, ...] = ("%",)
    sql: str = "SELECT id FROM customers_customer WHERE merged_into_id IS NULL AND erased_at IS NULL AND email LIKE %s"


def customers(count: int, permitted: bool = True, **fields: Any) -> list[Customer]:
    start = Customer.objects.count()
    made = Customer.objects.bulk_create(
        Customer(**{"first_name": f"Anna {n}", "email": f"anna{n}@example.org", "language": "de"} | fields)
        for n in range(start, start + count)
    )
    if permitted:
        consent.record([people.yes(person) for person in made], people.NOON)
    return made


def version(*blocks: dict[str, Any], **fields: Any) -> MessageVersion:
    """Frozen, with the account's backend in `backend` (default: sandbox)."""
    backend = fields.pop("backend", "sandbox")
    made = versions.freeze(mails.message(*blocks, **fields), None)
    type(made.account).objects.filter(pk=made.account_id).update(backend=backend)
    rendering.forget()
    made.refresh_from_db()
    return made


def planned(of: MessageVersion, due_at: datetime = NOW, occurrence: int = 1) -> list[Delivery]:
    planning.plan(of, occurrence, Everybody(), 0, due_at)
    return list(Delivery.objects.filter(message=of.message_id, occurrence=occurrence).order_by("id"))


def send_all(at: datetime = NOW) -> list[int]:
    """Pack and send what is due, as tick and worker do; returns the batches."""
    done = []
    for batch in list(batching.pack(at)):
        fence = batching.claim(batch.batch_id)
        assert fence is not None
        sending.run(batch.batch_id, fence, lambda: at)
        done.append(batch.batch_id)
    return done


def states(of: Message | MessageVersion) -> dict[str, int]:
    """{"state": n} or {"state reason": n}."""
    message_id = of.message_id if isinstance(of, MessageVersion) else of.pk
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT trim(state || ' ' || reason), count(*) FROM channels_delivery WHERE message_id = %s GROUP BY 1",
            [message_id],
        )
        return dict(cursor.fetchall())


ACCEPT = Outcome(Kind.ACCEPTED, "p", "250 OK")


class Scripted(Backend):
    """A provider that answers as a test says, and remembers whom it was asked to write to."""

    key = "scripted"
    label = "Scripted"

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Callable[[Call], Outcome] = lambda call: ACCEPT
        self.before: Callable[[Sequence[Call]], None] = lambda calls: None

    def connect(self, account: Any) -> "Scripted":
        return self

    def send(self, calls: Sequence[Call], at: datetime) -> dict[int, Outcome]:
        assert not connection.in_atomic_block or connection.needs_rollback is False
        self.before(calls)
        self.calls += calls
        return {call.id: self.answer(call) for call in calls}

    def close(self) -> None:
        pass


def scripted() -> Scripted:
    """Make `scripted` a provider with a fresh script."""
    made = Scripted()
    backends.backends._plugins["scripted"] = made
    backends.close_all()
    return made
