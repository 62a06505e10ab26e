"""Every message that was meant for her: sent or not, why, and what she did with it."""

from collections.abc import Collection

from django.db.models import F
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import words
from channels.models import Channel, Delivery, DeliveryEvent
from config import formats
from config.pages.parts import Text
from customers.timeline import About, Behind, Entry, Kind, kinds, newest

# As the index `delivery_customer` has it: when it was sent, else when it ended, else when it is to go out.
TIME = Coalesce(F("called_at"), F("ended_at"), F("due_at"))
ICONS = {"good": "mail", "bad": "alert-triangle", "wait": "clock", "info": "clock", "calm": "mail"}
HAPPENED = {
    DeliveryEvent.Kind.OPENED: gettext_lazy("opened %s"),
    DeliveryEvent.Kind.CLICKED: gettext_lazy("clicked %s"),
    DeliveryEvent.Kind.OPTED_OUT: gettext_lazy("opted out %s"),
    DeliveryEvent.Kind.DISMISSED: gettext_lazy("closed unread %s"),
}


@kinds.register
class Messages(Kind):
    key = "messages"
    order = 40
    label = gettext_lazy("Messages")
    icon = "mail"
    permission = "channels.view_delivery"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        rows = Delivery.objects.filter(customer=about.customer).annotate(time=TIME)
        found = list(newest(rows.select_related("version", "message__campaign"), "time", behind, limit))
        happened = _happened([row.pk for row in found])
        may_open = about.reader.has_perm("campaigns.view_campaign")
        return [_entry(row, happened.get(row.pk, []), may_open) for row in found]


def _happened(ids: Collection[int]) -> dict[int, list[str]]:
    """What each of these deliveries' people did, the first time of each."""
    events = DeliveryEvent.objects.filter(delivery__in=ids, kind__in=HAPPENED, human=True).select_related(
        "delivery"
    )
    firsts = events.order_by("delivery", "kind", "at").distinct("delivery", "kind")
    found: dict[int, list[str]] = {}
    for event in sorted(firsts, key=lambda event: event.at):
        sentence = _words(event) % formats.moment(event.at)
        found.setdefault(event.delivery_id, []).append(str(sentence))
    return found


def _words(event: DeliveryEvent) -> Text:
    in_shop = event.delivery.channel == Channel.IN_APP and event.kind == DeliveryEvent.Kind.OPENED
    return _("seen %s") if in_shop else HAPPENED[DeliveryEvent.Kind(event.kind)]


def _entry(row: Delivery, happened: list[str], may_open: bool) -> Entry:
    state, tone = words.OUTCOMES[row.state]
    campaign = getattr(row.message, "campaign", None)
    about = _("Campaign “%s”") % campaign if campaign else _("Message from %s") % row.version.sender_name
    return Entry(
        row.time,  # type: ignore[attr-defined]
        row.pk,
        ICONS[tone],
        about,
        " · ".join([str(words.reason(row.reason, row.state).label)] * bool(row.reason) + happened),
        reverse("campaign", args=[campaign.pk]) if campaign and may_open else "",
        badge=state,
        tone=tone,
    )
