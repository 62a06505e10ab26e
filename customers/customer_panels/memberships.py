"""When she entered and left segments, for as long as that is kept."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import SegmentChange
from customers.timeline import About, Behind, Entry, Kind, kinds, newest


@kinds.register
class Memberships(Kind):
    key = "segments"
    order = 70
    label = gettext_lazy("Segments")
    icon = "filter"
    permission = "customers.view_segment"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = SegmentChange.objects.filter(customer=about.customer).select_related("segment")
        return [_entry(change) for change in newest(rows, "at", behind, limit)]


def _entry(change: SegmentChange) -> Entry:
    words = _("Entered the segment “%s”") if change.entered else _("Left the segment “%s”")
    return Entry(
        change.at,
        change.pk,
        "login" if change.entered else "logout",
        words % change.segment.name,
        _("the rule was changed") if change.by_rule else "",
        reverse("segment_edit", args=[change.segment_id]),
    )
