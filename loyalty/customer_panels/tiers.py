"""How a customer rose and fell, in her timeline."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.parts import Tone
from customers.timeline import About, Behind, Entry, Kind, kinds, newest
from loyalty.models import TierPeriod

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


def _sentence(row: TierPeriod) -> str:
    if row.tier is None:
        return _("No tier any more")
    if row.holds_until is None:
        return _("Tier “%s”") % row.tier
    last_day = (
        (row.holds_until - row.holds_until.resolution)
        .astimezone(ZoneInfo(row.account.program.time_zone))
        .date()
    )
    return _("Tier “%(tier)s”, until %(day)s") % {"tier": row.tier, "day": formats.day(last_day)}
