"""Who bought may be written to about similar goods without asking, if she was told so: the facts that prove it."""

from customers import events, permissions
from customers.tracking.fields import plain_text
from customers.tracking.heard import Context, Heard
from customers.tracking.profiles import Party
from customers.tracking.purchases import Purchase

SIMILAR, NOTICE = ("similar_goods",), ("notice_at_collection",)
# Every marketing message ends with a footer that says how to end it; a message without one cannot be sent.
IN_MESSAGES = "footer with opt-out in each message"


def stated(one: Heard, sale: Purchase, party: Party | None, context: Context) -> permissions.Stated | None:
    """The statement that an order carries, if it names the wording of both notices and its buyer is known."""
    similar, notice = sale.fields.text(SIMILAR, 120), sale.fields.text(NOTICE, 120)
    late = one.at < context.at - events.LIVE_FOR
    if sale.kind != "order" or not similar or not notice or party is None or party.erased or late:
        return None
    return permissions.Stated(
        customer_id=party.customer_id,
        channel="email",
        granted=True,
        stated_at=one.at,
        existing_customer=True,
        evidence={
            "sale": f"{context.key.source} {sale.number}",
            "similar_goods": similar,
            "notice_at_collection": notice,
            "notice_in_messages": IN_MESSAGES,
            "source": context.key.source,
            "form": plain_text(one.message.event)[:120],
            "wording": notice,
        },
    )
