"""Behaviour from files: read, recorded once, by whoever it was; and what a line is refused for."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from customers.models import Cart, CustomerStats, Event, Favourite, Identity, Order, Product, Visitor
from customers.signals import events_recorded
from tests.customers import importing
from tests.factories import CustomerFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db
HEADER = "time,event,customer,sku,quantity,price,query,visitor,store,order,id,payload,Lampe\n"


def line(
    time: str = "2026-11-02 10:00:05", event: str = "Product Viewed", customer: str = "7", **cells: str
) -> str:
    names = ("sku", "quantity", "price", "query", "visitor", "store", "order", "id", "payload", "lamp")
    return ",".join([time, event, customer, *(cells.get(name, "") for name in names)]) + "\n"


def run(folder: Path, *lines: str, name: str = "events.csv", **told):
    usual = {"zone": "Europe/Berlin", "currency": "EUR", "decimal": "."}
    return importing.run(folder, HEADER + "".join(lines), "events", name=name, **(usual | told))


def test_events_become_what_the_tracking_api_makes_of_them(tmp_path: Path) -> None:
    ProductFactory(sku="A1")
    StoreFactory(number="12")
    job = run(
        tmp_path,
        line(sku="a1"),
        line(event="Suche", query="rote Becher"),
        line(event="add_to_wishlist", sku="A1", time="2026-11-03"),
        line(event="In den Warenkorb", sku="B2", quantity="2", price="5.50", time="2026-11-03 12:00"),
        line(event="Filialbesuch", store="12"),
        line(event="Watched a film", query="Oz"),
        line(event="view"),
        line(event="Bestellung", order="99", sku="A1", time="2026-11-04 12:00"),
    )
    assert (job.imported, job.rejected) == (8, 0)
    found = Event.objects.order_by("id").values_list("kind", "name")
    assert list(found) == [
        ("view", ""),
        ("search", "rote Becher"),
        ("favourite", ""),
        ("cart_add", ""),
        ("visit", ""),
        ("custom", "Watched a film"),
        ("custom", "view"),
        ("order", ""),
    ]
    assert {event.origin for event in Event.objects.all()} == {"import"}
    assert Event.objects.get(name="Watched a film").properties == {"name": "Oz"}
    assert Event.objects.get(kind="order").properties == {"order": "99", "sku": "A1"}
    assert Favourite.objects.get().product.sku == "A1"
    assert Product.objects.get(sku="B2").price == 550
    assert (Cart.objects.get().value, Cart.objects.get().state) == (1100, "bought")
    assert not Order.objects.exists()
    customer = Identity.objects.get(source="shop", number="7").customer
    stats = CustomerStats.objects.get(customer=customer)
    assert stats.last_search_at == datetime.fromisoformat("2026-11-02T09:00:05+00:00")


def test_the_second_run_changes_nothing_also_from_another_file_that_overlaps(tmp_path: Path) -> None:
    run(tmp_path, line(sku="A1"), line(event="Suche", query="x"))
    again = run(tmp_path, line(sku="A1"), line(event="Suche", query="x"))
    assert (again.imported, again.unchanged) == (0, 2)
    longer = run(tmp_path, line(sku="A1"), line(event="Suche", query="x"), line(event="Suche", query="y"))
    assert (longer.imported, longer.unchanged, longer.counts["unchanged"]) == (1, 2, {"event_known": 2})
    assert Event.objects.count() == 3


def test_a_number_of_the_event_counts_once_and_another_event_under_it_is_refused(tmp_path: Path) -> None:
    run(tmp_path, line(sku="A1", id="m1"), line(sku="A1", id="m2"))
    assert Event.objects.count() == 2
    job = run(tmp_path, line(sku="A1", id="m1"), line(sku="B2", id="m2"))
    assert (job.unchanged, importing.reasons(job)) == (1, {3: "message_id"})


def test_who_it_was_is_told_by_number_address_or_browser(tmp_path: Path) -> None:
    anna = CustomerFactory(email="Anna@example.org")
    for _ in range(2):
        CustomerFactory(email="family@example.org")
    text = (
        "time,event,customer,email,visitor,query\n"
        "2026-11-02,search,,anna@EXAMPLE.org,,a\n"
        "2026-11-02,search,,nobody@example.org,,b\n"
        "2026-11-02,search,,family@example.org,,c\n"
        "2026-11-02,search,,,v1,d\n"
        "2026-11-02,search,,,,e\n"
        "2026-11-02,search,,no address,,f\n"
        "2026-11-02,search,8,anna@example.org,v1,g\n"
    )
    job = importing.run(tmp_path, text, "events", name="e.csv")
    assert importing.reasons(job) == {3: "address_unknown", 4: "address_shared", 6: "nobody", 7: "email"}
    assert Event.objects.get(name="a").customer_id == anna.pk
    new = Identity.objects.get(number="8").customer
    assert new != anna
    assert Visitor.objects.get(anonymous_id="v1").customer == new
    assert Event.objects.get(name="d").customer_id == new.pk
    assert importing.notices(job) == {"customers_made": 1, "events_recorded": 3}


def test_of_an_erased_person_nothing_is_recorded(tmp_path: Path) -> None:
    gone = CustomerFactory(erased_at=importing.AT)
    Identity.objects.create(customer=gone, source="shop", number="7")
    job = run(tmp_path, line(event="Suche", query="x"), line(event="Suche", query="x", customer="8"))
    assert (job.imported, importing.reasons(job)) == (1, {2: "erased"})
    assert not Event.objects.filter(customer_id=gone.pk).exists()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"time": "31.2.2026"}, "date"),
        ({"time": ""}, "missing"),
        ({"time": "2027-01-01"}, "future"),
        ({"event": ""}, "missing"),
        ({"sku": "A1", "quantity": "many"}, "number"),
        ({"sku": "A1", "quantity": "0"}, "pieces"),
        ({"sku": "A1", "price": "-1"}, "negative"),
        ({"store": "404"}, "store"),
        ({"payload": "[1]"}, "json"),
        ({"payload": "{"}, "json"),
    ],
)
def test_a_faulty_cell_refuses_its_line_only(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    job = run(tmp_path, line(event="Suche", query="x"), line(**cells))
    assert (job.imported, importing.reasons(job)) == (1, {3: reason})


def test_properties_come_as_json_and_from_columns_of_their_own(tmp_path: Path) -> None:
    mapping = {
        "at": "time",
        "kind": "event",
        "customer": "customer",
        "properties": "payload",
        "property:lamp": "Lampe",
    }
    run(tmp_path, line(event="Blink", payload='"{""n"": 3}"', lamp="rot"), mapping=mapping)
    assert Event.objects.get().properties == {"n": 3, "lamp": "rot"}


def test_values_and_prices_are_turned_into_the_shops_currency(tmp_path: Path) -> None:
    ProductFactory(sku="A1", currency="EUR")
    run(tmp_path, line(sku="A1"))
    job = run(tmp_path, line(event="In den Warenkorb", sku="N1", price="10"), currency="GBP", name="gbp.csv")
    assert (job.state, job.fault["code"]) == ("failed", "rate")
    run(
        tmp_path,
        line(event="In den Warenkorb", sku="N1", price="10"),
        currency="GBP",
        rate="1.2",
        name="gbp.csv",
    )
    assert Product.objects.get(sku="N1").price == int(Decimal(10) * 100 * Decimal("1.2"))


def test_receivers_hear_of_imported_events_as_such(tmp_path: Path) -> None:
    heard = []

    def listen(ids, origin, **said) -> None:
        heard.append((len(ids), origin))

    events_recorded.connect(listen)
    try:
        run(tmp_path, line(event="Suche", query="x", time="2026-11-23 11:00"), line(event="Suche", query="y"))
    finally:
        events_recorded.disconnect(listen)
    assert {origin for _count, origin in heard} == {"import"}
    assert sum(count for count, _origin in heard) == 2


def test_a_dry_run_records_nothing(tmp_path: Path) -> None:
    job = importing.begin(
        importing.file(tmp_path, HEADER + line(sku="A1")),
        "events",
        dry_run=True,
        zone="Europe/Berlin",
        currency="EUR",
    )
    assert importing.finish(job).imported == 1
    assert not Event.objects.exists()
    assert not Identity.objects.exists()
