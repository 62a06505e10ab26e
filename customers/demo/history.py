"""Two years of orders and refunds: regulars, occasional and one-time buyers, people who stayed away, Christmas."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random
from zoneinfo import ZoneInfo

from customers import stats
from customers.demo.catalogue import POSTAGE
from customers.demo_shop import SOURCE, Stage, stages
from customers.models import Customer, Order, OrderLine, Origin, Product, Store

DAYS = 730
FREE_POSTAGE_FROM = 4900  # cents
SEASON = (0.85, 0.75, 0.85, 0.95, 1.0, 0.9, 0.75, 0.8, 0.95, 1.05, 1.6, 2.1)  # January to December
ONLINE_HOURS = (7, *range(8, 12), *range(12, 15), *range(16, 19), 19, 19, 20, 20, 20, 21, 21, 21, 22, 22, 23)
BERLIN = ZoneInfo("Europe/Berlin")
WALK_IN_ORDERS = 2500


@dataclass(frozen=True)
class Habit:
    """How one kind of customer buys: mean days between orders, and since when she stays away (days)."""

    share: int
    gap: float | None
    silent: int = 0


HABITS = (Habit(36, None), Habit(30, 170), Habit(20, 48), Habit(14, 70, silent=200))


class Basket:
    """Draws what is bought: mostly from two favourite departments, gifts before Christmas."""

    def __init__(self, products: list[Product]) -> None:
        self.products = products
        departments = groupby(products, key=lambda p: p.category.path.split("/")[0] if p.category else "")
        self.departments = [list(group) for _, group in departments]

    def draw(self, random: Random, favourites: list[list[Product]]) -> list[tuple[Product, int]]:
        size = 1 + min(int(random.expovariate(0.9)), 6)
        shelves = [random.choice(favourites) if random.random() < 0.7 else self.products for _ in range(size)]
        chosen = {product.pk: product for product in (random.choice(shelf) for shelf in shelves)}
        return [(product, 2 if random.random() < 0.12 else 1) for product in chosen.values()]


def order_days(random: Random, habit: Habit, start: datetime, at: datetime) -> Iterator[datetime]:
    """The days on which somebody of this habit orders; the season thins them out."""
    day, end = start, at - timedelta(days=habit.silent)
    while day < end:
        if random.random() < SEASON[day.month - 1] / max(SEASON):
            yield day
        if habit.gap is None:
            return
        day += timedelta(days=max(1.0, random.gammavariate(2, habit.gap / 4)))


def clock(random: Random, day: datetime, online: bool) -> datetime:
    hour = random.choice(ONLINE_HOURS) if online else random.randint(10, 18)
    local = day.astimezone(BERLIN).replace(
        hour=hour, minute=random.randrange(60), second=random.randrange(60)
    )
    if not online and local.weekday() == 6:
        local += timedelta(days=1)
    return local


def line(order: Order, position: int, product: Product, quantity: int) -> OrderLine:
    price = product.price or 0
    return OrderLine(
        order=order,
        position=position,
        product=product,
        quantity=quantity,
        unit_price=Decimal(price) / 100,
        amount=quantity * price,
        cost=None if product.cost is None else quantity * product.cost,
    )


class History:
    def __init__(self, random: Random, at: datetime) -> None:
        self.random, self.at = random, at
        self.stores = {store.number: store for store in Store.objects.all()}
        products = Product.objects.select_related("category").order_by("category__path", "sku")
        self.basket = Basket([p for p in products if p.kind == Product.Kind.MERCHANDISE])
        self.postage = products.get(sku=POSTAGE)
        self.orders: list[Order] = []
        self.lines: list[OrderLine] = []

    def shop_for(self, customer: Customer) -> None:
        """All orders of one customer in the last two years."""
        acquired = customer.acquired_at or self.at
        start = max(acquired, self.at - timedelta(days=DAYS)) + timedelta(days=self.random.uniform(0, 30))
        habit = self.random.choices(HABITS, [h.share for h in HABITS])[0]
        favourites = self.random.sample(self.basket.departments, 2)
        for day in order_days(self.random, habit, start, self.at):
            in_store = customer.home_store_id is not None and self.random.random() < 0.55
            store = customer.home_store if in_store and customer.home_store else self.stores["ONLINE"]
            self.place(customer, store, day, favourites)

    def walk_in(self) -> None:
        """A till purchase of somebody nobody knows."""
        store = self.random.choice([s for s in self.stores.values() if s.kind == Store.Kind.PHYSICAL])
        day = self.at - timedelta(days=self.random.uniform(1, DAYS))
        self.place(None, store, day, self.random.sample(self.basket.departments, 2))

    def place(
        self, customer: Customer | None, store: Store, day: datetime, favourites: list[list[Product]]
    ) -> None:
        placed_at = clock(self.random, day, online=store.number == "ONLINE")
        if placed_at >= self.at:
            return
        order = self.invoice(Order.Kind.ORDER, customer, store, placed_at)
        chosen = self.basket.draw(self.random, favourites)
        lines = [line(order, n, *item) for n, item in enumerate(chosen, 1)]
        if store.number == "ONLINE" and sum(row.amount for row in lines) < FREE_POSTAGE_FROM:
            lines.append(line(order, len(lines) + 1, self.postage, 1))
        self.add(order, lines)
        if self.random.random() < (0.09 if store.number == "ONLINE" else 0.03):
            self.refund(order, lines[: self.random.randint(1, len(chosen))])

    def refund(self, order: Order, returned: list[OrderLine]) -> None:
        placed_at = order.placed_at + timedelta(days=self.random.uniform(2, 16))
        if placed_at >= self.at:
            return
        refund = self.invoice(Order.Kind.REFUND, order.customer, order.store, placed_at)
        refund.refund_of = order
        self.add(refund, [line(refund, n, row.product, -row.quantity) for n, row in enumerate(returned, 1)])

    def invoice(
        self, kind: str, customer: Customer | None, store: Store | None, placed_at: datetime
    ) -> Order:
        return Order(
            source=SOURCE,
            kind=kind,
            customer=customer,
            store=store,
            placed_at=placed_at,
            currency="EUR",
            origin=Origin.DEMO,
        )

    def add(self, order: Order, lines: list[OrderLine]) -> None:
        order.total = order.base_total = sum(row.amount for row in lines)
        self.orders.append(order)
        self.lines.extend(lines)

    def save(self) -> None:
        for n, order in enumerate(sorted(self.orders, key=lambda order: order.placed_at), 1):
            order.number = f"{'R' if order.kind == Order.Kind.REFUND else 'A'}{order.placed_at:%y}-{n:06}"
        Order.objects.bulk_create([o for o in self.orders if o.kind == Order.Kind.ORDER], batch_size=2000)
        Order.objects.bulk_create([o for o in self.orders if o.kind == Order.Kind.REFUND], batch_size=2000)
        OrderLine.objects.bulk_create(self.lines, batch_size=5000)


@stages.register
class Orders(Stage):
    key = "orders"
    order = 30

    def build(self, random: Random, at: datetime) -> None:
        history = History(random, at)
        for customer in Customer.objects.select_related("home_store").order_by("pk"):
            history.shop_for(customer)
        for _ in range(WALK_IN_ORDERS):
            history.walk_in()
        history.save()
        stats.recount(None)
