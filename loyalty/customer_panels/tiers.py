"""How a customer rose and fell, in her timeline."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import clocks, formats
from config.pages.parts import Tone
from customers.timeline import About, Behind, Entry, Kind, kinds, newest
from loyalty.models import TierPeriod, TierWarning

TONES: dict[str, Tone] = {"reached": "good", "merged": "good"}


@kinds.register
class Tiers(Kind):
    """Tiers that began; that one was kept for another period is no change."""

    key = "tiers"
    order = 59
    label = gettext_lazy("Tiers")
    icon = "award"
    permission = "loyalty.view_entry"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = TierPeriod.objects.filter(account__customer=about.customer)
        changes = rows.exclude(reached=TierPeriod.Reached.KEPT).select_related("tier", "account__program")
        return [self._entry(row) for row in newest(changes, "valid_from", behind, limit)]

    def _entry(self, row: TierPeriod) -> Entry:
        return Entry(
            row.valid_from,
            row.pk,
            self.icon,
            _sentence(row),
            str(row.account.program),
            badge=row.get_reached_display(),
            tone=TONES.get(row.reached, "info"),
        )


@kinds.register
class TierWarnings(Kind):
    """That a tier will be lost unless points come, as it was seen then."""

    key = "tier_warnings"
    order = 61
    label = gettext_lazy("Announced falls")
    icon = "trending-down"
    permission = "loyalty.view_entry"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = TierWarning.objects.filter(period__account__customer=about.customer)
        seen = newest(rows.select_related("period__tier", "period__account__program"), "at", behind, limit)
        return [self._entry(row) for row in seen]

    def _entry(self, row: TierWarning) -> Entry:
        missing = ngettext("%s point was missing then", "%s points were missing then", row.missing)
        return Entry(
            row.at,
            row.pk,
            self.icon,
            _falling(row.period),
            missing % formats.number(row.missing),
            badge=_("announced"),
            tone="wait",
        )


def _falling(row: TierPeriod) -> str:
    if row.holds_until is None:
        return _("The tier “%s” will be lost") % row.tier
    last_day = formats.day(_last_day(row, row.holds_until))
    return _("The tier “%(tier)s” will be lost after %(day)s") % {"tier": row.tier, "day": last_day}


def _sentence(row: TierPeriod) -> str:
    if row.tier is None:
        return _("No tier any more")
    if row.holds_until is None:
        return _("Tier “%s”") % row.tier
    return _("Tier “%(tier)s”, until %(day)s") % {
        "tier": row.tier,
        "day": formats.day(_last_day(row, row.holds_until)),
    }


def _last_day(row: TierPeriod, end: datetime) -> date:
    return clocks.local_day(end - end.resolution, row.account.program.time_zone)
