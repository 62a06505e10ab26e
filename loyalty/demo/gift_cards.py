"""The demo shop's gift cards: sold at the till and online, some used, one blocked, one empty."""

from datetime import datetime, timedelta
from random import Random

from customers.demo_shop import SOURCE, Stage, stages
from customers.models import Order, Store, User
from loyalty.gift_cards import bookings
from loyalty.gift_cards.bookings import Issue
from loyalty.gift_cards.bookings import Order as Wish
from loyalty.models import GiftCard

CARDS = 24
WORTHS = (1000, 2000, 2500, 5000, 5000, 10000)


@stages.register
class GiftCards(Stage):
    key = "gift_cards"
    order = 80

    def build(self, random: Random, at: datetime) -> None:
        stores = list(Store.objects.order_by("pk"))
        orders = Order.objects.filter(source=SOURCE, customer__isnull=False).order_by("-placed_at", "-pk")
        numbers = list(orders.values_list("number", "customer")[:CARDS])
        for n in range(CARDS):
            sold = at - timedelta(days=random.randint(3, 320), minutes=random.randint(0, 600))
            store = random.choice([None, *stores]) if stores else None
            place = store.pk if store else None
            worth = Wish(random.choice(WORTHS), "demo", f"gift {n}", "EUR", store_id=place)
            owner = numbers[n][1] if n < len(numbers) and n % 2 else None
            card, _code = bookings.issue(Issue(worth, customer_id=owner), sold)
            if n % 3 and n < len(numbers):
                self._pay(card, n, numbers[n][0], random, sold + timedelta(days=2))
        self._block(at)

    def _pay(self, card: GiftCard, n: int, number: str, random: Random, at: datetime) -> None:
        card.refresh_from_db()
        amount = card.balance if n % 6 == 1 else card.balance * random.randint(30, 90) // 100
        paid = bookings.charge(card.pk, Wish(amount, "demo", f"pay {n}", "EUR", number), at)
        if n % 8 == 2:
            wish = Wish(amount // 2, "demo", f"back {n}", "EUR", number, reason="Ein Artikel kam zurück")
            bookings.refund(paid.pk, wish, at + timedelta(hours=20))

    def _block(self, at: datetime) -> None:
        by, card = User.objects.order_by("pk").first(), GiftCard.objects.order_by("pk").last()
        if card is not None and by is not None:
            bookings.block(card.pk, by, at)
