"""A customer's points in words: for staff, and for herself."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from config import clocks, formats
from loyalty.models import Entry, Lot, Program

LAST = 50
ENDINGS = 4
Kind = Entry.Kind


def words(entry: Entry) -> str:
    """What a booking was for, for staff: “earned: order 1001, Berlin Mitte”."""
    about = []
    if entry.order:
        about.append(_("order %s") % entry.order.number)
    elif entry.rule:
        about.append(entry.rule.name)
    elif entry.source == "referral":
        about.append(_("referral"))
    if entry.reason:
        about.append(entry.reason)
    if entry.reverses and not entry.order:
        about.append(_("booking of %s") % formats.moment(entry.reverses.at))
    if entry.store:
        about.append(entry.store.name)
    kind = str(Kind(entry.kind).label)
    return f"{kind}: {', '.join(about)}" if about else kind


def own_words(entry: Entry) -> str:
    """The same for the customer, without what staff wrote for each other."""
    if entry.source == "birthday":
        return _("Birthday present")
    if entry.source == "referral" and entry.kind == Kind.EARN:
        return _("Welcome present") if entry.reference.endswith("welcome") else _("For recommending us")
    if entry.order and entry.points > 0 and entry.kind == Kind.EARN:
        return _("Order %s") % entry.order.number
    if entry.order and entry.kind == Kind.REVERSE:
        return _("Return from order %s") % entry.order.number
    return {
        Kind.EARN: _("Thank you for taking part"),
        Kind.SPEND: _("Spent"),
        Kind.EXPIRE: _("Ended"),
        Kind.REVERSE: _("Given back") if entry.points > 0 else _("Taken back"),
        Kind.ADJUST: _("Correction by our service"),
        Kind.TRANSFER_IN: _("Received"),
        Kind.TRANSFER_OUT: _("Passed on"),
    }[Kind(entry.kind)]


def last_day(end: datetime, zone: str) -> str:
    """Ends are midnights: the day before is the last one."""
    return formats.day(clocks.local_day(end - datetime.resolution, zone))


class Ending(NamedTuple):
    day: str
    points: int


def endings(program: Program, customer_id: int, at: datetime) -> list[Ending]:
    """When the next points end, and how many."""
    lots = Lot.objects.filter(
        account__program=program, account__customer=customer_id, remaining__gt=0, expires_at__gt=at
    )
    rows = lots.values_list("expires_at").annotate(points=Sum("remaining")).order_by("expires_at")[:ENDINGS]
    return [Ending(last_day(end, program.time_zone), points) for end, points in rows if end]


def newest(program: Program, customer_id: int) -> QuerySet[Entry]:
    rows = Entry.objects.filter(program=program, account__customer=customer_id)
    return rows.select_related("order").order_by("-at", "-pk")[:LAST]
