"""Marketing takes a redemption back, however long ago it was: an order that was cancelled, a mistake at a till."""

from datetime import datetime

from django.db import transaction

from customers import audit
from customers.models import User
from loyalty.coupons import checking, redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import Redemption


def check_again(row: Redemption, at: datetime) -> None:
    """Whether its code can be used again once it is taken back. Raises Refused, which says why not."""
    checking.check(checking.find(row.code.text), row.customer_id, at)


@transaction.atomic
def take_back(row: Redemption, by: User, reason: str, at: datetime) -> None:
    """Limit and budget get back what it took. Raises Refused: "taken_back", or "reserved" for what ends by
    itself."""
    if row.state == Redemption.State.RESERVED:
        raise Refused("reserved")
    if not redemptions.reverse(row.source, row.reference, at):
        raise Refused("taken_back")
    Redemption.objects.filter(pk=row.pk).update(reason=reason)
    audit.record(by, "coupon.taken_back", row, at, amount=row.amount, store=row.store_id)
