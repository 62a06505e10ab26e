"""Goodwill in the demo shop's three houses: who may give how much, what was given and used, and what waits today."""

from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import Group
from django.utils import translation

from customers.demo_shop import Stage, stages
from customers.models import Customer, Origin, Store, User
from loyalty.coupons import redemptions
from loyalty.models import AllowanceRule, GoodwillIssue, GoodwillReason, TillSettings
from loyalty.till import goodwill, sales
from loyalty.till.goodwill import Wish
from loyalty.till.sales import Sale

SOURCE = "demo"
STAFF = (
    ("Jana", "Krüger", "H1"),
    ("Oleksandr", "Bondar", "H1"),
    ("Mirjam", "Heise", "BS1"),
    ("Tarek", "Aydın", "GÖ1"),
)
REASONS = {
    "Ware beschädigt": ("Tasse mit Sprung", "Reißverschluss klemmt", ""),
    "Lange gewartet": ("Zwanzig Minuten an der Kasse", ""),
    "Lieferung zu spät": ("Paket kam nach dem Geburtstag", "Vier Tage Verzug"),
    "Falsch beraten": ("Größe umgetauscht, zweimal gekommen", ""),
}
AMOUNTS = (300, 500, 500, 500, 750, 1000, 1000, 1500)
GIVEN = 26
WITHIN_DAYS = 45
USED = 0.55


def staff() -> list[tuple[User, Store]]:
    """Store managers of the demo; without a password nobody signs in as one of them."""
    stores = {store.number: store for store in Store.objects.all()}
    group = Group.objects.get(name="store_manager")
    found = []
    for first, last, number in STAFF:
        email = f"{first}.{last}".lower().translate(str.maketrans("üı", "ui")) + "@linden.example"
        user = User.objects.create_user(email, first_name=first, last_name=last, language="de")
        user.groups.add(group)
        user.stores.add(stores[number])
        found.append((user, stores[number]))
    return found


def allow() -> None:
    TillSettings.objects.update_or_create(pk=1, defaults={"second_person_above": 1500, "days_valid": 60})
    AllowanceRule.objects.create(most_coupons=15, most_money=10_000)
    AllowanceRule.objects.create(store=Store.objects.get(number="H1"), most_coupons=25, most_money=20_000)


def wish(random: Random, number: int, store: Store, amount: int) -> Wish:
    reason = random.choice(list(GoodwillReason.objects.order_by("pk")))
    living = Customer.objects.living().filter(home_store=store).order_by("pk")
    customer = living[random.randrange(living.count())]
    note = random.choice(REASONS[reason.name])
    return Wish(customer, store, reason, note, amount, SOURCE, str(number))


def use(random: Random, issue: GoodwillIssue, by: User, at: datetime) -> None:
    amount = random.randrange(issue.amount, 9000)
    sale = Sale(issue.store, amount, None, "", f"{SOURCE} {issue.reference}", issue.customer_id)
    redemptions.redeem(sales.wish(issue.code, sale, by, at), at)


@stages.register
class Till(Stage):
    key = "till"
    order = 58

    def build(self, random: Random, at: datetime) -> None:
        with translation.override("de"):  # coupons are named in the language of whoever gives them first
            self._build(random, at)

    def _build(self, random: Random, at: datetime) -> None:
        allow()
        for name in REASONS:
            GoodwillReason.objects.create(name=name)
        people = staff()
        for number in range(GIVEN):
            user, store = random.choice(people)
            given_at = at - timedelta(days=random.uniform(0.2, WITHIN_DAYS))
            asked = wish(random, number, store, random.choice(AMOUNTS))
            issue = goodwill.give(asked, user, given_at, Origin.DEMO)
            later = given_at + timedelta(days=random.uniform(1, 14))
            if isinstance(issue, GoodwillIssue) and later < at and random.random() < USED:
                use(random, issue, user, later)
        user, store = people[0]
        goodwill.give(wish(random, GIVEN, store, 2500), user, at, Origin.DEMO)
