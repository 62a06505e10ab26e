"""One timeline of everything, newest first, page by page, whatever there is and however much of it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.customer_panels.messages import TIME
from channels import consent
from channels.models import Delivery, DeliveryEvent
from customers import event_months, notes, timeline
from customers.customer_panels.behaviour import events_of
from customers.models import Cart, CartLine, Customer, Event, Order, OrderLine, SegmentChange, Shop, User
from customers.timeline import About, Place
from tests.campaigns import make
from tests.channels import people
from tests.factories import (
    NOON,
    CustomerFactory,
    OrderFactory,
    ProductFactory,
    SegmentFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def anna() -> Customer:
    Shop.objects.update_or_create(pk=1, defaults={"name": "Linden", "currency": "EUR"})
    return CustomerFactory(first_name="Anna")


def happened(whose: Customer, at: datetime, kind: str = "view", **fields: Any) -> Event:
    event_months.ensure([at])
    return Event.objects.create(customer_id=whose.pk, at=at, kind=kind, source="shop", **fields)


def a_life(anna: Customer, number: int = 1) -> None:
    """Something of every kind, an hour apart."""
    at = [NOON + timedelta(hours=hour) for hour in range(12)]
    mug = ProductFactory(names={"en": "Mug"}, link="https://linden.example/mug")
    store = StoreFactory(name="Linden Nord")
    happened(anna, at[0], product_id=mug.pk)
    happened(anna, at[1], "visit", store_id=store.pk)
    cart = Cart.objects.create(
        source="shop", number=f"C-{number}", customer=anna, state="abandoned", value=2580, items=2, currency="EUR",
        opened_at=at[1], last_activity_at=at[2],
    )  # fmt: skip
    CartLine.objects.create(cart=cart, product=mug, quantity=2, amount=2580)
    order = OrderFactory(customer=anna, number=f"A-{number}", placed_at=at[3], store=store)
    OrderLine.objects.create(
        order=order, position=1, product=mug, quantity=1, unit_price="12.90", amount=1290
    )
    OrderFactory(
        customer=anna,
        number=f"R-{number}",
        kind="refund",
        refund_of=order,
        placed_at=at[4],
        total=-1290,
        base_total=-1290,
    )
    consent.record([people.yes(anna, minutes=300)], at[5])
    SegmentChange.objects.create(
        segment=SegmentFactory(name=f"Regulars {number}"), customer=anna, entered=True, at=at[6]
    )
    notes.write(anna, UserFactory(), "Called about the mug", at[7])
    sent = make.delivery(make.campaign(name="Advent"), anna, called_at=at[8])
    DeliveryEvent.objects.create(delivery=sent, kind="clicked", key=f"k{number}", at=at[9])
    make.delivery(make.campaign(name="Easter"), anna, state="withheld", reason="no_consent", ended_at=at[10])


def about(customer: Customer, reader: User | None = None) -> About:
    return About(customer, reader or UserFactory(in_role="administrator"), Shop.current())


def walk(asked: About, size: int, chosen: Any = None) -> list[tuple[str, int]]:
    """(kind, id) of everything, read page by page."""
    seen, behind = [], None
    while True:
        page = timeline.page(asked, chosen or timeline.allowed(asked.reader), behind, size)
        assert len(page.lines) <= size
        seen += [(kind.key, entry.id) for kind, entry in page.lines]
        if page.older is None:
            return seen
        behind = timeline.place(str(page.older))
        assert behind == page.older


def texts(page: str) -> list[str]:
    heads = re.findall(r'<p class="entry-head">(.*?)</p>', page, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", head).split()) for head in heads]


def test_all_that_happened_stands_in_one_row(anna: Customer, administrator: Client) -> None:
    a_life(anna)
    page = administrator.get(reverse("customer", args=[anna.pk])).content.decode()
    said = texts(page)
    expected = [
        "Campaign “Easter” not sent",
        "Campaign “Advent” delivered",
        "Note by",
        "Entered the segment “Regulars 1”",
        "Yes to E-mail: all topics agreed",
        "Refund of €12.90 for order A-1",
        "Order A-1 for €12.90",
        "Cart with 2 items for €25.80 abandoned",
        "Was in Linden Nord",
        "Looked at “Mug”",
    ]
    assert len(said) == len(expected)
    assert [text for text, start in zip(said, expected, strict=True) if not text.startswith(start)] == []
    assert "no consent" in page
    assert "clicked" in page
    assert "Called about the mug" in page
    assert 'href="https://linden.example/mug" rel="noopener noreferrer"' in page


def test_times_are_those_of_the_shop(anna: Customer, marketer: Client) -> None:
    OrderFactory(customer=anna, placed_at=datetime.fromisoformat("2026-11-02T23:30:00+00:00"))
    Shop.objects.update(time_zone="Asia/Tokyo")
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert ">08:30</time>" in page
    assert "<h3>3 Nov 2026</h3>" in page


def test_chips_in_the_address_narrow_it(anna: Customer, marketer: Client) -> None:
    a_life(anna)
    address = reverse("customer", args=[anna.pk])
    both = marketer.get(address, {"kind": ["orders", "refunds"]}).content.decode()
    assert [text.split()[0] for text in texts(both)] == ["Refund", "Order"]
    assert f'href="{address}?kind=refunds#timeline"' in both, "a chosen chip is taken away"
    assert f'href="{address}?kind=orders&amp;kind=refunds&amp;kind=notes#timeline"' in both, (
        "another is added"
    )
    nonsense = marketer.get(address, {"kind": "no-such", "before": "9x-y"}).content.decode()
    assert len(texts(nonsense)) == 10


def test_a_fragment_is_the_timeline_alone(anna: Customer, marketer: Client) -> None:
    a_life(anna)
    address = reverse("customer", args=[anna.pk])
    part = marketer.get(address, {"kind": "orders"}, headers={"HX-Request": "true"})
    assert part["Vary"].startswith("HX-Request")
    assert b"<html" not in part.content
    assert len(texts(part.content.decode())) == 1
    place = Place(NOON + timedelta(hours=3), "orders", 10**9)
    older = marketer.get(address, {"before": str(place)}, headers={"HX-Request": "true"}).content.decode()
    assert 'class="chips"' not in older
    assert texts(older)[0].startswith("Order A-1")
    assert "<h3>" not in older, "its day stands above already"


@pytest.mark.parametrize(
    "before",
    ["", "-", "--", "x-orders-1", "1-orders-", "99999999999999999999999-orders-1", "1-orders-99999999999999999999999",
     "-5-orders-2", "1" * 400, "1-'; DROP-1", "١-orders-1"],
)  # fmt: skip
def test_a_place_that_makes_no_sense_is_no_fault(anna: Customer, marketer: Client, before: str) -> None:
    OrderFactory(customer=anna)
    assert marketer.get(reverse("customer", args=[anna.pk]), {"before": before}).status_code == 200


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_show_everything_once_also_of_the_same_moment(anna: Customer, size: int) -> None:
    for number in range(5):
        OrderFactory(customer=anna, placed_at=NOON)
        happened(anna, NOON)
        notes.write(anna, UserFactory(), "x", NOON - number * MINUTE)
        consent.record([people.yes(anna)], NOON + DAY)
    happened(anna, NOON - 400 * DAY)
    for minutes in range(2):
        OrderFactory(customer=anna, placed_at=datetime(1969, 7, 20, 20, minutes, tzinfo=UTC))
    OrderFactory()
    asked = about(anna)
    seen = walk(asked, size)
    assert len(seen) == len(set(seen)) == 23
    assert seen == walk(asked, 100)


def test_what_an_order_tells_is_not_told_twice(anna: Customer) -> None:
    OrderFactory(customer=anna, source="shop", number="A-1")
    happened(anna, NOON, "order", properties={"order": "A-1"})
    told = happened(anna, NOON, "order", properties={"order": "A-2", "unproven": True})
    assert [event.pk for event in events_of(anna.pk)] == [told.pk]


def test_every_kind_of_event_is_a_sentence(anna: Customer, marketer: Client) -> None:
    for kind in Event.Kind.values:
        happened(anna, NOON, kind)
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert len(texts(page)) == len(Event.Kind.values)
    for german in texts(_german(marketer, anna)):
        assert german


def _german(client: Client, customer: Customer) -> str:
    User.objects.update(language="de")
    return client.get(
        reverse("customer", args=[customer.pk]), headers={"Accept-Language": "de"}
    ).content.decode()


def test_links_of_products_never_run_anything(anna: Customer, marketer: Client) -> None:
    happened(anna, NOON, product_id=ProductFactory(link="javascript:alert(1)").pk)
    assert "javascript:" not in marketer.get(reverse("customer", args=[anna.pk])).content.decode()


def test_a_role_sees_only_the_kinds_it_may(anna: Customer, analyst: Client, store_manager: Client) -> None:
    a_life(anna)
    page = analyst.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "Called about the mug" not in page
    assert "kind=notes" not in page
    assert "consents/" not in page, "no way to the proof"
    keys = {kind.key for kind in timeline.allowed(store_manager.user)}  # type: ignore[attr-defined]
    seen = {"behaviour", "carts", "codes", "consents", "coupons", "notes", "points", "tier_warnings", "tiers"}
    assert keys == seen
    store = StoreFactory()
    store.staff.add(store_manager.user)  # type: ignore[attr-defined]
    Customer.objects.filter(pk=anna.pk).update(home_store=store)
    asked = store_manager.get(reverse("customer", args=[anna.pk]), {"kind": "orders"}).content.decode()
    assert "Order A-1" not in asked


def test_a_longer_history_needs_no_more_statements(anna: Customer, administrator: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert administrator.get(reverse("customer", args=[anna.pk])).status_code == 200
        return len(captured)

    a_life(anna)
    statements()  # fills caches
    few = statements()
    for number in range(2, 10):
        a_life(anna, number)
    assert statements() == few


def test_a_long_history_is_read_by_index_and_not_to_its_end(anna: Customer) -> None:
    """50,000 events over two years: a page of any depth reads a few dozen rows of them."""
    start = NOON - 730 * DAY
    event_months.ensure(start + day * DAY for day in range(731))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_event (at, kind, customer_id, source)"
            " SELECT %s + n * interval '21 minutes', 'view', %s + n %% 2, 'shop' FROM generate_series(1, 50000) n",
            [start, anna.pk],
        )
        cursor.execute("ANALYZE customers_event")
    for behind in (timeline.EVERYTHING, timeline.Behind(start + 300 * DAY, 0)):
        rows = timeline.newest(events_of(anna.pk), "at", behind, 31)
        assert len(rows) == 31
        nodes = list(_nodes(json.loads(rows.explain(format="json", analyze=True))[0]["Plan"]))
        read = [node for node in nodes if node.get("Relation Name", "").startswith("customers_event")]
        assert {node["Node Type"] for node in read} == {"Index Scan"}
        assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) < 70


def test_many_messages_are_read_by_the_time_that_they_went_out(anna: Customer) -> None:
    first = make.delivery(make.campaign(), anna, called_at=NOON)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO channels_delivery (message_id, occurrence, customer_id, version_id, account_id, channel,"
            " language, state, due_at, called_at) SELECT message_id, occurrence + n, customer_id, version_id,"
            " account_id, channel, language, state, due_at,"
            " CASE WHEN n %% 2 = 0 THEN due_at + n * interval '1 hour' END"
            " FROM channels_delivery, generate_series(1, 3000) n WHERE id = %s",
            [first.pk],
        )
        cursor.execute("ANALYZE channels_delivery")
    rows = Delivery.objects.filter(customer=anna).annotate(time=TIME)
    for behind in (timeline.EVERYTHING, timeline.Behind(NOON + 30 * DAY, 0)):
        found = timeline.newest(rows, "time", behind, 31)
        [node] = [
            node
            for node in _nodes(json.loads(found.explain(format="json", analyze=True))[0]["Plan"])
            if node.get("Relation Name") == "channels_delivery"
        ]
        assert (node["Node Type"], node["Index Name"]) == ("Index Scan", "delivery_customer")
        assert node["Actual Rows"] < 70


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


def test_orders_of_other_kinds_do_not_mix(anna: Customer) -> None:
    a_life(anna)
    asked = about(anna)
    chosen = [kind for kind in timeline.allowed(asked.reader) if kind.key == "refunds"]
    [(_key, refund)] = walk(asked, 5, chosen)
    assert Order.objects.get(pk=refund).kind == "refund"
