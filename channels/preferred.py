"""The channel on which somebody has said that she likes to be reached: it comes first where a message has several."""

from channels.models import Reach


def of(customer_id: int) -> str:
    """ "" where she has not said so."""
    said = Reach.objects.filter(customer=customer_id, preferred=True).order_by("id")
    return said.values_list("channel", flat=True).first() or ""


def choose(customer_id: int, channel: str) -> None:
    """This one and no other; "" for none. Her Reach is held by the caller."""
    Reach.objects.filter(customer=customer_id, preferred=True).exclude(channel=channel).update(
        preferred=False
    )
    if channel:
        Reach.objects.update_or_create(customer_id=customer_id, channel=channel, defaults={"preferred": True})
