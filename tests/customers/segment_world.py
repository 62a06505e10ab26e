"""A small shop full of edge cases, always the same, for the tests of segments."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from channels import consent, suppression
from channels.models import Consent, Suppression, Topic
from customers import event_months, stats
from customers.models import (
    Cart,
    CartLine,
    Category,
    Customer,
    CustomerStats,
    Event,
    Favourite,
    FixedList,
    FixedListMember,
    Order,
    OrderLine,
    Product,
    Segment,
    Shop,
    Store,
)
from loyalty.models import (
    Account,
    Coupon,
    CouponCode,
    Entry,
    Offer,
    Program,
    Redemption,
    Tier,
    TierPeriod,
    TierPolicy,
)
from tests.channels import segment_messages, segment_silence
from tests.loyalty import segment_points, segment_referrals

ZONE = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 23, 10, 30, tzinfo=ZONE)
PEOPLE = 60
BIRTHDAYS = [
    *(date(1990, 11, 22), date(1985, 11, 23), date(2001, 11, 30), date(1950, 12, 1), date(1999, 12, 31)),
    *(date(2000, 2, 29), date(1996, 2, 29), date(1980, 2, 28), date(1970, 3, 1), date(2008, 11, 23)),
    *(date(2008, 11, 24), date(1960, 1, 3), date(1975, 6, 15)),
]
AGES_AGO = [0, 1, 5, 29, 30, 31, 89, 90, 91, 180, 365, 366, 700]
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"club": "Gold", "visits": 5},
    {"club": "gold", "visits": 5.0},
    {"club": "Silver", "visits": "5"},
    {"club": ["Gold", "Silver"], "visits": -2.5},
    {"club": "", "visits": None, "vip": True},
    {"club": None, "vip": False},
    {"vip": "true", "visits": 100, "a'b\"": "x%s"},
    {"club": {"level": "Gold"}},
]


def build() -> None:
    """Fill the database. Everything follows from one seed."""
    chance = random.Random(20261123)
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "time_zone": "Europe/Berlin"})
    stores = [Store.objects.create(number=str(n), name=f"Store {n}", country="DE") for n in range(3)]
    products = _products()
    people = [_person(chance, number, stores) for number in range(PEOPLE)]
    people[1].merged_into = people[0]
    people[2].erased_at = AT
    for person in people[1:3]:
        person.save()
    for number, person in enumerate([*people, None, None]):
        for place in range(0 if number % 5 == 0 else chance.choice([1, 1, 2, 3, 12])):
            _order(chance, f"{number}-{place}", person, stores, products)
    stats.recount(None)
    _statements(chance, people)
    _behaviour(chance, people, products)
    _segments(products)
    _lists(chance, people)
    _forecasts(random.Random(20261124))
    segment_points.build(random.Random(20261125), people, AT)
    segment_referrals.build(random.Random(20261127), people, AT)
    _tiers(random.Random(20261125), people)
    _coupons(random.Random(20261126), people)
    segment_messages.build(random.Random(20261128), people, AT)
    segment_silence.build(random.Random(20261129), people, AT)


def _products() -> list[Product]:
    paths = ["Home", "Home/Kitchen", "Home/Kitchen/Mugs", "Homeware", "Toys"]
    categories = {}
    for path in paths:
        categories[path] = Category.objects.create(path=path, parent=categories.get(path.rpartition("/")[0]))
    homes = [*categories.values(), None]
    brands = ["Linden", "LINDEN", "Köln & Co", "KÖLN & CO", ""]
    return [
        Product.objects.create(sku=f"P{n}", category=homes[n % len(homes)], brand=brands[n % len(brands)])
        for n in range(9)
    ]


def _person(chance: random.Random, number: int, stores: list[Store]) -> Customer:
    return Customer.objects.create(
        first_name="Anna",
        last_name=f"Ahrens {number}",
        email=chance.choice(["", f"anna{number}@example.org", f"Anna{number}@Example.org"]),
        salutation=chance.choice(["", "ms", "mr", "neutral"]),
        language=chance.choice(["de", "de", "en", "fr", ""]),
        country=chance.choice(["DE", "DE", "AT", "CH", ""]),
        postal_code=chance.choice(["20095", "20457", "2000", "01067", "1010", "", "SW1A 1AA"]),
        city=chance.choice(["Hamburg", "hamburg", "Köln", "KÖLN", "Wien", ""]),
        birthday=chance.choice([None, None, *BIRTHDAYS]),
        home_store=chance.choice([None, *stores]),
        attributes=chance.choice(ATTRIBUTES),
        acquisition_source=chance.choice(["fair", "Fair", "web", ""]),
        acquired_at=chance.choice([None, _instant(chance), _instant(chance)]),
    )


def _instant(chance: random.Random) -> datetime:
    day = AT.date() - timedelta(days=chance.choice(AGES_AGO))
    clock = chance.choice([time(0, 0), time(10, 30), time(10, 29, 59), time(23, 59, 59)])
    return min(datetime.combine(day, clock, ZONE), AT)


def _order(
    chance: random.Random, number: str, person: Customer | None, stores: list[Store], products: list[Product]
) -> None:
    refund = chance.random() < 0.15
    order = Order.objects.create(
        source="test",
        number=number,
        kind=Order.Kind.REFUND if refund else Order.Kind.ORDER,
        customer=person,
        store=chance.choice([None, *stores]),
        placed_at=_instant(chance),
        currency="EUR",
    )
    sign = -1 if refund else 1
    for position in range(chance.choice([1, 1, 2, 3])):
        amount = sign * chance.choice([1, 499, 500, 1000, 2500, 9999, 10000])
        OrderLine.objects.create(
            order=order,
            position=position,
            product=chance.choice(products),
            quantity=sign,
            unit_price=abs(amount) / 100,
            amount=amount,
        )
        order.base_total += amount
    order.total = order.base_total
    order.save()


def _statements(chance: random.Random, people: list[Customer]) -> None:
    topics = [Topic.objects.create(key=key, names={"en": key}) for key in ("newsletter", "sales")]
    statements = [
        consent.Statement(
            customer_id=person.pk,
            channel=chance.choice(["email", "email", "email", "sms", "push"]),
            granted=chance.random() < 0.6,
            basis=Consent.Basis.DEMO,
            stated_at=AT - timedelta(days=chance.choice([1, 2, 3])),
            topic_id=chance.choice([None, *(topic.pk for topic in topics)]),
            purpose=chance.choice(["sending", "sending", "tracking"]),
        )
        for person in people
        for _statement in range(chance.choice([0, 1, 2, 3, 4]))
    ]
    consent.record(statements, AT)
    suppression.refresh_keys()
    listed = [person.email for person in people if person.email][::4]
    suppression.suppress("email", listed, Suppression.Reason.COMPLAINT, AT)


def _forecasts(chance: random.Random) -> None:
    """Of three in four who have a roll-up row; some of them have a class and nothing else."""
    for kept in CustomerStats.objects.order_by("pk"):
        if chance.random() < 0.25:
            continue
        kept.rfm_class = chance.choice(["champions", "loyal", "new", "at_risk", "cant_lose", "lost"])
        if chance.random() < 0.75:
            kept.lapse_risk = Decimal(chance.choice([0, 1, 49, 50, 51, 70, 99, 100])) / 100
            kept.lifetime_value = chance.choice([0, 499, 500, 1000, 2501, 9999, 10000, 20050])
        if chance.random() < 0.75:
            kept.next_order_on = AT.date() + timedelta(
                days=chance.choice([-90, -30, -29, -1, 0, 1, 7, 30, 31])
            )
        kept.save()


KINDS = ["view", "view", "view", *Event.Kind.values]
NAMES = {"page": ["Home", "Quiz"], "screen": ["Home", "Quiz"], "custom": ["Home", "Quiz"]}
ABOUT = ("view", "favourite", "unfavourite", "cart_add", "cart_remove")  # kinds of events that have a product
LAST = {"event": None, "view": {"view"}, "favourite": {"favourite"}, "search": {"search"}}
LAST |= {
    "cart": {"cart_add", "cart_remove", "cart", "checkout"},
    "visit": {"visit"},
    "open": {"open", "screen"},
}


def _behaviour(chance: random.Random, people: list[Customer], products: list[Product]) -> None:
    event_months.ensure(AT - timedelta(days=days) for days in range(0, 730, 20))
    for person in [*people, None]:
        events = [_event(chance, person, products) for _ in range(chance.choice([0, 0, 4, 10, 20]))]
        Event.objects.bulk_create(events)
        if person is not None:
            _last_times(person, events)
            _wishes(chance, person, products)


def _event(chance: random.Random, person: Customer | None, products: list[Product]) -> Event:
    kind = chance.choice(KINDS)
    return Event(
        at=_instant(chance),
        kind=kind,
        name=chance.choice(NAMES.get(kind, [""])),
        customer_id=person and person.pk,
        product_id=chance.choice(products).pk if kind in ABOUT else None,
        source="test",
    )


def _last_times(person: Customer, events: list[Event]) -> None:
    if not events:
        return
    last = {
        f"last_{name}_at": max((e.at for e in events if kinds is None or e.kind in kinds), default=None)
        for name, kinds in LAST.items()
    }
    CustomerStats.objects.update_or_create(customer=person, defaults=last)


def _wishes(chance: random.Random, person: Customer, products: list[Product]) -> None:
    for product in chance.sample(products, chance.choice([0, 0, 1, 3])):
        removed = chance.choice([None, None, AT])
        Favourite.objects.create(customer=person, product=product, added_at=AT, removed_at=removed)
    for number in range(chance.choice([0, 0, 1, 2])):
        touched = AT - timedelta(hours=chance.choice([0, 1, 2, 5, 48, 500]))
        lines = chance.sample(products, chance.choice([0, 1, 2]))
        cart = Cart.objects.create(
            source="test",
            number=f"{person.pk}-{number}",
            customer=person,
            state=chance.choice(["open", "abandoned", "bought"]),
            opened_at=touched,
            last_activity_at=touched,
            items=len(lines),
            value=len(lines) * 1000,
        )
        for product in lines:
            CartLine.objects.create(cart=cart, product=product, quantity=1, amount=1000)


def _segments(products: list[Product]) -> None:
    """One in the other, with an `any` and a `none`."""
    bought = {"products": [products[0].pk, products[1].pk], "times": 1, "window": "all"}
    speaks = {"condition": "language", "params": {"languages": ["de", "en"]}}
    lower = {"any": [speaks, {"condition": "bought_product", "params": bought}]}
    inner = Segment.objects.create(name="Inner", rule=lower)
    within = {"condition": "in_segment", "params": {"segment": inner.pk}}
    home = {"condition": "country", "params": {"countries": ["AT", "CH"]}}
    Segment.objects.create(name="Outer", rule={"all": [within, {"none": [home]}]})


def _lists(chance: random.Random, people: list[Customer]) -> None:
    for name in ("Guests", "Friends", "Nobody"):
        made = FixedList.objects.create(name=name)
        for person in chance.sample(people, 0 if name == "Nobody" else 20):
            FixedListMember.objects.create(fixed_list=made, customer=person, added_at=AT)


def _tiers(chance: random.Random, people: list[Customer]) -> None:
    """Two rungs of a rolling ladder; the merged customer's points are the winner's."""
    program = Program.objects.get(key="points")
    TierPolicy.objects.create(program=program, period="rolling", months=12)
    rungs = [Tier.objects.create(program=program, name=f"T{n}", threshold=n) for n in (100, 300)]
    for number, person in enumerate(people):
        if number != 1 and chance.random() < 0.3:
            continue
        account, _made = Account.objects.get_or_create(
            program=program, customer=person, defaults={"closed_at": AT if number == 1 else None}
        )
        for place in range(chance.choice([0, 1, 2, 4])):
            Entry.objects.create(
                program=program,
                account=account,
                kind=Entry.Kind.EARN,
                points=chance.choice([10, 50, 99, 100, 250]),
                source="tiers",
                reference=f"{number}/{place}",
                counts_for_tier=chance.random() < 0.8,
                at=_instant(chance),
            )
        if number == 1 or chance.random() < 0.4:
            continue
        tier = chance.choice([None, *rungs])
        holds = AT + timedelta(days=chance.choice([-1, 1, 29, 30, 31, 200])) if tier else None
        TierPeriod.objects.create(
            account=account,
            tier=tier,
            valid_from=AT - timedelta(days=100),
            holds_until=holds,
            reached=TierPeriod.Reached.REACHED if tier else TierPeriod.Reached.FELL,
            points=0,
            counted_from=AT,
            counted_until=AT,
        )


def _coupons(chance: random.Random, people: list[Customer]) -> None:
    """Codes that are valid, over, not yet valid, void, put aside, used and given back."""
    offer = Offer.objects.create(name="Ten", percent=10, currency="EUR")
    windows = [(None, None), (None, AT - timedelta(days=1)), (AT + timedelta(days=1), None)]
    coupons = [
        Coupon.objects.create(
            offer=offer, name=f"C{n}", kind="pool", active=n != 3, valid_from=start, valid_until=end
        )
        for n, (start, end) in enumerate([*windows, (None, None), (None, None)])
    ]
    for number, person in enumerate([*people, *people]):
        if chance.random() < 0.4:
            continue
        coupon = chance.choice(coupons)
        issued = AT - timedelta(days=chance.choice(AGES_AGO))
        code = CouponCode.objects.create(
            text=f"W{number}",
            coupon=coupon,
            customer=person,
            state=chance.choice(["issued", "issued", "issued", "reserved", "void"]),
            issued_at=issued,
            valid_from=chance.choice([None, issued]),
            valid_until=chance.choice([None, AT, AT + timedelta(days=40), AT - timedelta(days=1)]),
        )
        for place in range(chance.choice([0, 0, 1, 2])):
            Redemption.objects.create(
                coupon=coupon,
                code=code,
                customer=person,
                order_key=f"{number}-{place}",
                state=chance.choice(["redeemed", "released", "reserved", "reversed"]),
                amount=0,
                currency="EUR",
                source="world",
                reference=f"{number}-{place}",
                at=AT - timedelta(days=chance.choice(AGES_AGO)),
            )
