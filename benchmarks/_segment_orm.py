"""Rules i to iii as a builder on Django's ORM makes them: each condition an annotation, counted of one person.

"At least so many times" needs a count, so the general form of every condition is a correlated subquery with one. Where
a rule happens to ask for one time only, EXISTS would do, of which PostgreSQL makes a join; that form is beside it.
"""

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from benchmarks._segment_data import AT
from benchmarks._segment_rules import DAYS, HOURS, ONE, TWENTY
from channels.models import Permission
from customers.models import Cart, Customer, Event, Order, OrderLine, Product

People = QuerySet[Customer]


def living() -> People:
    return Customer.objects.living().order_by()


def orders(**tests: Any) -> "QuerySet[Order]":
    return Order.objects.filter(customer=OuterRef("pk"), **tests).order_by()


def counted(rows: "QuerySet[Any]", whose: str = "customer_id") -> Subquery:
    return Subquery(rows.order_by().values(whose).annotate(n=Count("pk")).values("n"))


def views(categories: list[int]) -> "QuerySet[Event]":
    later = OrderLine.objects.filter(
        product=OuterRef("product_id"),
        order__customer=OuterRef("customer_id"),
        order__kind="order",
        order__placed_at__gte=OuterRef("at"),
    )
    return Event.objects.filter(
        ~Exists(later),
        customer_id=OuterRef("pk"),
        kind="view",
        at__gte=AT - 7 * DAYS,
        product_id__in=Product.objects.filter(category__in=categories).values("pk"),
    )


def german_with_consent() -> People:
    may_send = Permission.objects.filter(
        customer=OuterRef("pk"), channel="email", purpose="sending", topic=None, granted=True
    )
    placed = counted(orders(kind="order", placed_at__gte=AT - 180 * DAYS))
    return living().annotate(placed=placed).filter(Exists(may_send), language="de", placed__gte=2)


def viewed(categories: list[int]) -> People:
    return german_with_consent().annotate(seen=counted(views(categories))).filter(seen__gte=1)


def lapsed() -> People:
    last = orders(kind="order").order_by("-placed_at").values("placed_at")[:1]
    worth = orders().values("customer").annotate(sum=Sum("base_total")).values("sum")
    return (
        living()
        .annotate(last=Subquery(last), worth=Subquery(worth))
        .filter(last__lt=AT - 90 * DAYS, worth__gte=20_000)
    )


def carts() -> "QuerySet[Cart]":
    touched = (AT - 4 * HOURS, AT - HOURS)
    return Cart.objects.filter(
        customer=OuterRef("pk"), state="abandoned", items__gt=0, last_activity_at__range=touched
    )


def left_a_cart() -> People:
    since = counted(orders(kind="order", placed_at__gte=AT - DAYS))
    return (
        living().annotate(left=counted(carts()), since=since).filter(Q(since=None) | Q(since=0), left__gte=1)
    )


FORMS = {"i": lambda: viewed(ONE), "i-wide": lambda: viewed(TWENTY), "ii": lapsed, "iii": left_a_cart}
WITH_EXISTS = {
    "i": lambda: german_with_consent().filter(Exists(views(ONE))),
    "i-wide": lambda: german_with_consent().filter(Exists(views(TWENTY))),
    "iii": lambda: living().filter(Exists(carts()), ~Exists(orders(kind="order", placed_at__gte=AT - DAYS))),
}


def statement(people: People) -> tuple[str, tuple[Any, ...]]:
    """The ids as one statement."""
    text, params = people.values_list(F("pk"), flat=True).query.sql_with_params()
    return str(text), tuple(params)
