"""The audit log: one row for each act that somebody may have to answer for. Append-only."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from customers.models import AuditEntry, User


def record(user: User | None, action: str, subject: Model | None, at: datetime, **detail: Any) -> AuditEntry:
    """Write down that `user` (None: the system) did `action` ("team.deactivated") to `subject` at `at`.

    `detail` holds fields, counts and ids, never a customer's data: an entry cannot be changed or erased.
    Call it inside the transaction of the act, so that both are kept or neither.
    """
    return AuditEntry.objects.create(
        at=at,
        user=user,
        user_label="" if user is None else user.email,
        action=action,
        subject_type="" if subject is None else subject._meta.label_lower,
        subject_id="" if subject is None else str(subject.pk),
        detail=detail,
    )
