"""A write from outside that carries a key has one effect and one answer, however often it is sent."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers.models import ApiKey, IdempotencyKey

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
Answer = tuple[int, dict[str, Any]]


class OtherRequest(Exception):
    """The key was used for a request that said something else."""


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join([method.encode(), path.encode(), body])).hexdigest()


def answered(api_key: ApiKey, key: str, request_hash: str) -> Answer | None:
    """What this very request was answered before; None where it is new."""
    known = IdempotencyKey.objects.filter(api_key=api_key, key=key, request_hash=request_hash).first()
    return (known.status, known.answer) if known else None


@transaction.atomic
def once(api_key: ApiKey, key: str, request_hash: str, at: datetime, work: Callable[[], Answer]) -> Answer:
    """What `work` answers, or answered when this key was first used. Whoever sends the same at this moment waits."""
    if not key:
        return work()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"idempotency {api_key.pk} {key}"])
    known = IdempotencyKey.objects.filter(api_key=api_key, key=key).first()
    if known is None:
        status, answer = work()
        IdempotencyKey.objects.create(
            api_key=api_key, key=key, request_hash=request_hash, status=status, answer=answer, at=at
        )
        return status, answer
    if known.request_hash != request_hash:
        raise OtherRequest
    return known.status, known.answer
