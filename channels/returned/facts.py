"""A report that came as mail, as facts about deliveries."""

from datetime import datetime

from channels import reports, suppression
from channels.delivery.outcomes import Event
from channels.models import Channel, Delivery, DeliveryEvent
from channels.returned import reading
from channels.returned.reading import Kind, Reading

KINDS = {Kind.BOUNCE: DeliveryEvent.Kind.BOUNCED, Kind.COMPLAINT: DeliveryEvent.Kind.COMPLAINED}


def heard(raw: bytes, at: datetime) -> tuple[list[Event], set[str]]:
    """What it says of a mail of ours, if anything; and the hashes of all addresses in it, and of the one that our mail
    went to, which may have been made unreadable."""
    found = reading.read(raw)
    events = [_event(found, KINDS[found.kind], at)] if found.kind in KINDS else []
    keys = {suppression.address_key(Channel.EMAIL, address) for address in reading.addresses(raw)}
    of = Delivery.objects.filter(pk=found.delivery_id or 0)
    return events, keys.union(of.values_list("address_key", flat=True))


def _event(found: Reading, kind: DeliveryEvent.Kind, at: datetime) -> Event:
    """Servers on the way may each report the same: a mail bounces once."""
    return Event(
        kind,
        f"mail:{kind}:{'hard' if found.hard else 'soft'}:{found.delivery_id}",
        reports.told_at(found.written_at, at),
        delivery_id=found.delivery_id,
        hard=found.hard,
        detail={"answer": found.answer},
    )
