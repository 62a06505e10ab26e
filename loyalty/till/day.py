"""What happened in a store since its midnight: redemptions, goodwill, sign-ups, and what waits for a second person."""

from datetime import datetime

from django.db.models import QuerySet

from config import clocks
from customers.models import AuditEntry, Store
from loyalty.models import GoodwillIssue, GoodwillRequest, Redemption
from loyalty.models.redemption import LIVE
from loyalty.till import goodwill, sales


def begin(store: Store, now: datetime) -> datetime:
    return clocks.midnight(clocks.local_day(now, store.time_zone), store.time_zone)


def redemptions(store: Store, since: datetime) -> QuerySet[Redemption]:
    rows = Redemption.objects.filter(store=store, at__gte=since)
    return rows.select_related("coupon", "actor").order_by("-at")


def issues(store: Store, since: datetime) -> QuerySet[GoodwillIssue]:
    rows = GoodwillIssue.objects.filter(store=store, at__gte=since)
    return rows.select_related("reason", "allowance__user", "returned").order_by("-at")


def sign_ups(store: Store, since: datetime) -> QuerySet[AuditEntry]:
    """Those that made a customer."""
    rows = AuditEntry.objects.filter(action="till.signed_up", at__gte=since)
    return rows.filter(detail__store=store.pk, detail__made=True).select_related("user").order_by("-at")


def waiting(store: Store) -> QuerySet[GoodwillRequest]:
    """Whatever day it was asked for."""
    rows = GoodwillRequest.objects.filter(store=store, state=GoodwillRequest.State.WAITING)
    return rows.select_related("maker", "reason").order_by("pk")


def undo_until(row: Redemption | GoodwillIssue, now: datetime) -> datetime | None:
    """Until when it can be taken back at the till; None: not any more."""
    if isinstance(row, Redemption):
        until, ended = row.at + sales.UNDO_FOR, row.state not in LIVE
    else:
        until, ended = row.at + goodwill.UNDO_FOR, hasattr(row, "returned")
    return None if ended or now > until else until


def customer_ids(rows: list[AuditEntry]) -> list[int]:
    return [int(row.subject_id) for row in rows if row.subject_id.isdecimal()]
