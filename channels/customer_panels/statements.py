"""What she said yes and no to, and when."""

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels.models import Consent, Purpose
from customers import access
from customers.timeline import About, Behind, Entry, Kind, kinds, newest


@kinds.register
class Statements(Kind):
    """Nobody makes so many statements that an index by their time would pay."""

    key = "consents"
    order = 45
    label = gettext_lazy("Consents")
    icon = "shield-check"
    permission = "channels.view_consent"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = Consent.objects.filter(customer=about.customer).select_related("topic", "recorded_by")
        sees_proof = access.sees_names(about.reader)
        return [_entry(row, sees_proof) for row in newest(rows, "stated_at", behind, limit)]


def _entry(row: Consent, sees_proof: bool) -> Entry:
    granted = row.state == Consent.State.GRANTED
    by = [str(part) for part in (row.get_basis_display(), row.recorded_by) if part]
    return Entry(
        row.stated_at,
        row.pk,
        "shield-check" if granted else "ban",
        _sentence(row, granted),
        " · ".join(by),
        reverse("consent_proof", args=[row.pk]) if sees_proof else "",
        badge=_("agreed") if granted else _("withdrawn"),
        tone="good" if granted else "bad",
    )


def _sentence(row: Consent, granted: bool) -> str:
    topic = row.topic.name_in(get_language() or "en") if row.topic else _("all topics")
    if row.purpose == Purpose.TRACKING:
        topic = str(Purpose.TRACKING.label)
    values = {"channel": row.get_channel_display(), "topic": topic}
    return (
        _("Yes to %(channel)s: %(topic)s") % values if granted else _("No to %(channel)s: %(topic)s") % values
    )
