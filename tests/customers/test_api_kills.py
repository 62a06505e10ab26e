"""A sweep that is cut off in the middle has done nothing, and the next one records each message once.

The sweeper's session is ended by PostgreSQL after the facts were written and before they are committed: what is left is
what a kill -9 of the worker leaves.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from customers.models import ApiKey, Event, InboxBatch, IngestCount, Shop
from customers.tracking import inbox, keys, reading, translating
from tests.channels.test_consent_races import together
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
CALLS, IN_EACH = 6, 5
BATCH = b'{"type": "track", "userId": "u%d", "event": "Quiz", "messageId": "m%d"}'


@pytest.fixture(autouse=True)
def waiting() -> Iterator[None]:
    # The table of events is not Django's, so that its flush leaves it.
    Event.objects.all().delete()
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    key = ApiKey(name="shop", kind="server", source="shop", scopes=["track"])
    keys.make(key, UserFactory(), timezone.now())
    for call in range(CALLS):
        numbers = range(call * IN_EACH, (call + 1) * IN_EACH)
        body = b'{"batch": [' + b",".join(BATCH % (number, number) for number in numbers) + b"]}"
        assert inbox.keep(key, reading.read(body, "batch", key, timezone.now()), timezone.now())
    yield
    Event.objects.all().delete()


def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """End the session of the first sweep once its facts are written."""
    real: Callable[..., Any] = translating.apply
    cuts = iter([True])

    def apply(key: ApiKey, messages: Any, at: datetime) -> Any:
        counts = real(key, messages, at)
        if next(cuts, False):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return counts

    monkeypatch.setattr(translating, "apply", apply)


def counted() -> int:
    return sum(IngestCount.objects.filter(fate="recorded").values_list("count", flat=True))


def sweep_all() -> None:
    while inbox.sweep(timezone.now()):
        pass


def test_a_sweep_that_is_cut_off_loses_and_doubles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch)
    with pytest.raises(OperationalError):
        inbox.sweep(timezone.now())
    connection.close()
    assert (InboxBatch.objects.count(), Event.objects.count(), counted()) == (CALLS, 0, 0)
    sweep_all()
    assert (InboxBatch.objects.count(), Event.objects.count(), counted()) == (
        0,
        CALLS * IN_EACH,
        CALLS * IN_EACH,
    )


def test_a_sweep_that_deletes_first_would_lose_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same cut, with the rows taken out in a transaction of their own."""
    cut_off(monkeypatch)
    rows = [inbox.Row(r.pk, r.key_id, r.messages, bytes(r.body)) for r in InboxBatch.objects.order_by("id")]
    InboxBatch.objects.all().delete()
    with pytest.raises(OperationalError), transaction.atomic():
        inbox._record(rows, timezone.now())
    connection.close()
    sweep_all()
    assert Event.objects.count() < CALLS * IN_EACH


def test_two_sweepers_at_once_record_each_message_once() -> None:
    together(sweep_all, sweep_all)
    sweep_all()
    assert (Event.objects.count(), counted()) == (CALLS * IN_EACH, CALLS * IN_EACH)
