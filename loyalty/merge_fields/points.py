from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.merge_fields.orders import long_date
from customers.personalisation import MergeField, Value, Values, merge_fields
from loyalty import ledger
from loyalty.bookings import Standing
from loyalty.merge_fields.base import OfProgram
from loyalty.models import Program


@merge_fields.register
class Points(OfProgram):
    key = "points"
    label = _("Points")
    position = 60
    fields = (
        MergeField("points_balance", _("Points that can be spent"), {"de": "1.240", "en": "1,240"}),
        MergeField("points_waiting", _("Points that can be spent later"), {"de": "85", "en": "85"}),
        MergeField("points_expiring", _("Points that end within 30 days"), {"de": "120", "en": "120"}),
        MergeField(
            "points_expiry_date",
            _("Last day of the points that end first"),
            {"de": "31. Dezember 2026", "en": "31 December 2026"},
        ),
    )

    def of(self, program: Program, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        zone, where = ZoneInfo(program.time_zone), catalogue.locale(language)
        standings = ledger.standing(program, customer_ids, at)
        return {each: _words(standing, zone, where) for each, standing in standings.items()}


def _words(standing: Standing, zone: ZoneInfo, where: str) -> dict[str, Value]:
    end = standing.next_end
    last = (end - RESOLUTION).astimezone(zone).date() if end else None
    return {
        "points_balance": format_decimal(max(standing.free, 0), locale=where),
        "points_waiting": format_decimal(standing.waiting, locale=where),
        "points_expiring": format_decimal(standing.ending, locale=where),
        "points_expiry_date": long_date(last, where) if last else "",
    }


RESOLUTION = datetime.resolution  # ends are midnights: the day before is the last one
