"""What the people of Kaufhaus Linden did lately besides buying: looked, searched, liked, filled carts, came by."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from typing import Any

from customers import events
from customers.demo_shop import SOURCE, Stage, stages
from customers.events import Fact, Item, Terms
from customers.models import Event, Identity, Order, Origin, Product, ProductChange, Store

DAYS = 60
BROWSERS = 0.3  # of the customers were online lately
STRANGERS = 300
SEARCHES = (
    "becher",
    "weihnachtsdeko",
    "bettwäsche",
    "schal",
    "tee",
    "geschenk",
    "topf",
    "kerzen",
    "notizbuch",
)
RESTORE = "https://linden.example/warenkorb/"
Kind = Event.Kind


class Days:
    """Everything that is told of people's days, in facts with message ids of their own."""

    def __init__(self, random: Random, at: datetime) -> None:
        self.random, self.at = random, at
        goods = Product.objects.filter(kind=Product.Kind.MERCHANDISE).select_related("category")
        self.products = list(goods.order_by("category__path", "sku"))
        groups = groupby(self.products, key=lambda p: p.category.path.split("/")[0] if p.category else "")
        self.departments = [list(group) for _, group in groups]
        self.facts: list[Fact] = []

    def tell(self, kind: str, at: datetime, **fields: Any) -> None:
        if at < self.at:
            self.facts.append(Fact(f"demo-{len(self.facts)}", 0, at, kind, **fields))

    def session(self, who: dict[str, str], cart: str) -> None:
        """One visit to the online shop: a few products of a department, now and then a search, a like, a cart."""
        began = self.at - timedelta(
            days=self.random.triangular(0, DAYS, 4), minutes=self.random.randrange(600)
        )
        shelf, minutes = self.random.choice(self.departments), self._minutes()
        here = {**who, "properties": {"device": self.random.choice(["phone", "phone", "desktop"])}}
        if self.random.random() < 0.25:
            self.tell(Kind.SEARCH, began, name=self.random.choice(SEARCHES), **here)
        seen = [self.random.choice(shelf) for _ in range(1 + int(self.random.expovariate(0.4)))]
        for product in seen:
            self.tell(Kind.VIEW, began + next(minutes), product=Item(product.sku), **here)
        if self.random.random() < 0.15:
            self.tell(
                Kind.FAVOURITE, began + next(minutes), product=Item(self.random.choice(seen).sku), **who
            )
        if self.random.random() < 0.22:
            self.fill(who, cart, [self.random.choice(seen), *self.random.sample(shelf, 1)], began, minutes)

    def fill(
        self,
        who: dict[str, str],
        cart: str,
        wanted: list[Product],
        at: datetime,
        minutes: Iterator[timedelta],
    ) -> None:
        for product in wanted:
            price = Decimal(product.price or 0) / 100
            item = Item(product.sku, "", 1, price)
            self.tell(
                Kind.CART_ADD, at + next(minutes), product=item, cart=cart, restore_url=RESTORE + cart, **who
            )
        if self.random.random() < 0.3:
            self.tell(Kind.CHECKOUT, at + next(minutes), cart=cart, **who)

    def visit(self, placed_at: datetime, store: str, number: str) -> None:
        """Who buys in a store was there, and now and then some days before."""
        self.tell(Kind.VISIT, placed_at - timedelta(minutes=20), customer=number, store=store)
        if self.random.random() < 0.3:
            earlier = placed_at - timedelta(days=self.random.randint(2, 9))
            self.tell(Kind.VISIT, earlier, customer=number, store=store)

    def _minutes(self) -> Iterator[timedelta]:
        passed = 0.0
        while True:
            passed += self.random.expovariate(0.5) + 0.2
            yield timedelta(minutes=passed)


@stages.register
class Behaviour(Stage):
    key = "behaviour"
    order = 35

    def build(self, random: Random, at: datetime) -> None:
        days = Days(random, at)
        numbers = dict(Identity.objects.filter(source=SOURCE).values_list("customer_id", "number"))
        everybody = sorted(numbers.values())
        for place, number in enumerate(random.sample(everybody, int(BROWSERS * len(everybody)))):
            who = {"customer": number, "visitor": f"browser-{place}"} if place % 3 else {"customer": number}
            for session in range(1 + int(random.expovariate(0.5))):
                days.session(who, f"W{place:04}-{session}")
        for place in range(STRANGERS):
            days.session({"visitor": f"stranger-{place}"}, f"X{place:04}")
        for customer_id, store, placed_at in _till_purchases(at):
            days.visit(placed_at, store, numbers[customer_id])
        for start in range(0, len(days.facts), events.MOST_FACTS):
            part = days.facts[start : start + events.MOST_FACTS]
            events.record(part, Terms(SOURCE, "EUR", language="de"), at, Origin.DEMO)
        change_prices(days.products, random, at)


def _till_purchases(at: datetime) -> list[Any]:
    """(customer, store number, time) of the last weeks."""
    physical = Order.objects.filter(
        kind=Order.Kind.ORDER, store__kind=Store.Kind.PHYSICAL, customer__isnull=False
    )
    recent = physical.filter(placed_at__gte=at - timedelta(days=DAYS)).order_by("placed_at", "pk")
    return list(recent.values_list("customer_id", "store__number", "placed_at"))


def change_prices(products: list[Product], random: Random, at: datetime) -> None:
    """A few prices that fell and shelves that were filled again, as the last weeks would have seen."""
    changes = []
    for product in random.sample(products, 30):
        was = product.price or 0
        when = at - timedelta(days=random.randint(1, 20), hours=random.randint(1, 12))
        if random.random() < 0.5:
            changes.append(ProductChange(product=product, at=when, price_before=round(was * 1.2), price=was))
        else:
            changes.append(ProductChange(product=product, at=when, stock_before=0, stock=product.stock))
    ProductChange.objects.bulk_create(changes)
