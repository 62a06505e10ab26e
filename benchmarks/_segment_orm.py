"""Rules i to iii as a builder on Django's ORM makes them: each condition a subquery about a person, all in a row.

The facts are asked where they are written, orders and events; who keeps roll-up rows has left this form already.
"""

from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery, Sum

from benchmarks._segment_data import AT
from benchmarks._segment_rules import DAYS, HOURS, ONE, TWENTY
from channels.models import Permission
from customers.models import Cart, Customer, Event, Order, OrderLine, Product

People = QuerySet[Customer]


def living() -> People:
    return Customer.objects.filter(merged_into=None, erased_at=None)


def orders() -> "QuerySet[Order]":
    return Order.objects.filter(customer=OuterRef("pk")).order_by()


def viewed(categories: list[int]) -> People:
    may_send = Permission.objects.filter(
        customer=OuterRef("pk"), channel="email", purpose="sending", topic=None, granted=True
    )
    placed = orders().filter(kind="order", placed_at__gte=AT - 180 * DAYS)
    later = OrderLine.objects.filter(
        product=OuterRef("product_id"),
        order__customer=OuterRef("customer_id"),
        order__kind="order",
        order__placed_at__gte=OuterRef("at"),
    )
    views = Event.objects.filter(
        ~Exists(later),
        customer_id=OuterRef("pk"),
        kind="view",
        at__gte=AT - 7 * DAYS,
        product_id__in=Product.objects.filter(category__in=categories).values("pk"),
    )
    count = Subquery(placed.values("customer").annotate(n=Count("pk")).values("n"))
    return living().annotate(n=count).filter(Exists(may_send), Exists(views), language="de", n__gte=2)


def lapsed() -> People:
    last = orders().filter(kind="order").values("customer").annotate(at=Max("placed_at")).values("at")
    worth = orders().values("customer").annotate(sum=Sum("base_total")).values("sum")
    return (
        living()
        .annotate(last=Subquery(last), worth=Subquery(worth))
        .filter(last__lt=AT - 90 * DAYS, worth__gte=20_000)
    )


def left_a_cart() -> People:
    carts = Cart.objects.filter(
        customer=OuterRef("pk"),
        state="abandoned",
        items__gt=0,
        last_activity_at__range=(AT - 4 * HOURS, AT - HOURS),
    )
    since = orders().filter(kind="order", placed_at__gte=AT - DAYS)
    return living().filter(Exists(carts), ~Exists(since))


FORMS = {"i": lambda: viewed(ONE), "i-wide": lambda: viewed(TWENTY), "ii": lapsed, "iii": left_a_cart}
