"""The points that somebody brings along from another system: booked once per customer and source, so that the same file
twice books once."""

from collections import defaultdict
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from config import clocks
from customers.imports import reasons, values
from customers.imports.columns import Batch, ImportColumn, import_columns
from customers.imports.faults import LineRefused
from customers.imports.options import Options
from customers.models import Customer
from loyalty import ledger, programs, terms
from loyalty.bookings import Booking
from loyalty.models import Entry, Program

SOURCE = "opening"
reasons.NOTICES.update(
    {
        "points_opened": _("points brought along"),
        "points_known": _("customers whose points were brought along before"),
        "points_different": _(
            "customers whose points were brought along before, with another number; they stay as they are"
        ),
        "points_without_programme": _(
            "customers whose points were left out: there is no active points programme"
        ),
    }
)


@import_columns.register
class OpeningPoints(ImportColumn):
    """They can be spent at once, and end as points of an order of this day would. They count for no tier."""

    key = "points_opening"
    label = _("Points brought along")
    words = "points pointsbalance loyaltypoints bonuspoints punkte punktestand bonuspunkte treuepunkte"

    def parse(self, text: str, options: Options) -> int:
        points = values.integer(self.key, options.decimal)(text)
        if points < 0:
            raise LineRefused("negative", self.key, text)
        return points

    def write(self, batch: Batch) -> None:
        wanted = {pk: points for pk, points, _line in reversed(batch.rows) if points}
        program = programs.active().first()
        if program is None:
            batch.counts["points_without_programme"] = len(wanted)
            return
        known = _known(program, batch, wanted)
        new = {pk: points for pk, points in wanted.items() if pk not in known}
        if new:
            ledger.earn(program, _bookings(program, batch, new), batch.at, batch.origin)
        same = sum(points in known.get(pk, ()) for pk, points in wanted.items())
        batch.counts["points_opened"] = sum(new.values())
        batch.counts["points_known"] = same
        batch.counts["points_different"] = len(wanted) - len(new) - same


def _known(program: Program, batch: Batch, wanted: Collection[int]) -> dict[int, set[int]]:
    """Points that were brought along before, also by whoever was merged into her since."""
    merged = Customer.objects.filter(merged_into__in=list(wanted)).values_list("pk", "merged_into_id")
    owners = {_key(batch, pk): owner or 0 for pk, owner in merged} | {_key(batch, pk): pk for pk in wanted}
    entries = Entry.objects.filter(
        program=program, source=SOURCE, kind=Entry.Kind.EARN, reference__in=list(owners)
    )
    known: dict[int, set[int]] = defaultdict(set)
    for reference, points in entries.values_list("reference", "points"):
        known[owners[reference]].add(points)
    return known


def _key(batch: Batch, customer_id: int) -> str:
    return f"{batch.source}/{customer_id}"


def _bookings(program: Program, batch: Batch, new: dict[int, int]) -> list[Booking]:
    rules = terms.newest(program)
    end = rules.window(clocks.local_day(batch.at, rules.zone))[1] if rules else None
    return [
        Booking(pk, points, SOURCE, _key(batch, pk), available_from=batch.at, expires_at=end)
        for pk, points in new.items()
    ]
