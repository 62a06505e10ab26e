"""What became of goodwill: whether it was used, and whether those who got it bought again."""

from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from customers.models import Order
from loyalty.models import Allowance, GoodwillIssue, GoodwillReturn, Redemption

ORDERS = "customer__orders"


def told(rows: QuerySet[Allowance]) -> QuerySet[Allowance]:
    """With the coupons `given`, their `worth`, those that were `redeemed` or ended `unused`, `buyers` among the
    customers, and their `revenue` since, less what of it came back; money in minor units. What was undone counts
    nowhere; what ended unused was given all the same, although it is back in the allowance. Within the same query."""
    kept = GoodwillIssue.objects.exclude(returned__why=GoodwillReturn.Why.UNDONE)
    issues = kept.filter(allowance=OuterRef("pk")).order_by().values("allowance")
    redeemed = Q(code__redemptions__state=Redemption.State.REDEEMED)
    unused = Q(returned__why=GoodwillReturn.Why.EXPIRED)
    since = _orders_since(issues, kept)
    bought = Q(**{f"{ORDERS}__kind": Order.Kind.ORDER})
    return rows.annotate(
        given=_or_nothing(issues.annotate(figure=Count("pk"))),
        worth=_or_nothing(issues.annotate(figure=Sum("amount"))),
        redeemed=_or_nothing(issues.annotate(figure=Count("pk", filter=redeemed, distinct=True))),
        unused=_or_nothing(issues.annotate(figure=Count("pk", filter=unused))),
        buyers=_or_nothing(since.annotate(figure=Count("customer", filter=bought, distinct=True))),
        revenue=_or_nothing(since.annotate(figure=Sum(f"{ORDERS}__base_total"))),
    )


def _orders_since(issues: QuerySet[Any], kept: QuerySet[GoodwillIssue]) -> QuerySet[Any]:
    """Each order once, however often its customer got something. A refund belongs to its order's time, and nowhere if
    its order is not known."""
    before = kept.filter(
        allowance=OuterRef("allowance"), customer=OuterRef("customer"), pk__lt=OuterRef("pk")
    )
    own = When(**{f"{ORDERS}__kind": Order.Kind.ORDER}, then=f"{ORDERS}__placed_at")
    placed = Case(own, default=f"{ORDERS}__refund_of__placed_at")
    since: QuerySet[Any] = issues.filter(~Exists(before)).alias(placed=placed).filter(placed__gt=F("at"))
    return since


def _or_nothing(issues: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(issues.values("figure")), Value(0))
