"""Products, orders and visits by the API: in lists, each row by itself, and each call once."""

from typing import Any

import pytest
from django.utils import timezone
from ninja import NinjaAPI
from ninja.testing import TestClient

from channels import consent
from channels.models import Consent
from customers.api.rows import OrderRow
from customers.api.shop import router
from customers.models import ApiKey, Event, IdempotencyKey, Order, Product, ProductChange, Shop
from customers.tracking import telling
from tests.customers import tracked
from tests.customers.tracked import key
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    StoreFactory(number="003")


@pytest.fixture(scope="module")
def client() -> TestClient:
    api = NinjaAPI(
        urls_namespace="shop rows", auth=lambda request: ApiKey.objects.get(name=request.headers["Key"])
    )
    api.add_router("", router)
    return TestClient(api)


@pytest.fixture
def post(client: TestClient) -> Any:
    key(name="shop", scopes=["products", "orders", "visits"])

    def send(what: str, *rows: dict[str, Any], once: str = "", by: str = "shop") -> Any:
        headers = {"Key": by} | ({"Idempotency-Key": once} if once else {})
        return client.post(f"/{what}", json={what: list(rows)}, headers=headers)

    return send


ORDER = {
    "number": "T1",
    "placed_at": "2026-11-23T11:00:00+01:00",
    "customer": "7",
    "store": "003",
    "total": "13.90",
    "shipping": "4.90",
    "lines": [{"sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": 4.5}],
}


def test_good_rows_are_taken_and_bad_ones_named(post: Any) -> None:
    answer = post(
        "products",
        {"sku": "MUG", "names": {"de": "Becher"}, "price": "12.90", "stock": 5, "category": "Home/Mugs"}
        | {"brand": " Linden  & Co "},
        {"sku": "", "price": 1},
        {"sku": "BOWL", "price": -1, "colour": "red"},
        {"sku": "JUG", "brand": "x" * 121},
        {"sku": "CUP", "picture": "javascript:alert(1)", "currency": "XX1"},
    ).json()
    assert (answer["accepted"], answer["counts"]) == (1, {"made": 1, "changed": 0, "same": 0})
    assert [(fault["row"], fault["field"]) for fault in answer["refused"]] == [
        *((1, "sku"), (2, "price"), (2, "colour"), (3, "brand"), (4, "currency"), (4, "picture")),
    ]
    mug = Product.objects.get()
    assert (mug.price, mug.stock, mug.category.path, mug.brand) == (1290, 5, "Home/Mugs", "Linden & Co")
    post("products", {"sku": "mug", "stock": 0})
    assert (ProductChange.objects.get().stock, Product.objects.get().brand) == (0, "Linden & Co")


def test_orders_and_refunds(post: Any) -> None:
    refund = {"number": "R1", "refund_of": "T1", "placed_at": "2026-11-23T12:00:00Z"}
    assert post("orders", refund, ORDER).json()["counts"]["order recorded"] == 2
    order = Order.objects.get(kind="order")
    assert (order.total, order.store.number) == (1390, "003")
    assert Order.objects.get(kind="refund").total == -1390
    assert post("orders", ORDER).json()["counts"] == {"order known": 1, "event repeated": 1}


@pytest.mark.parametrize(
    ("wrong", "mend", "field"),
    [
        ({"currency": "USD"}, {"exchange_rate": "0.9"}, "exchange_rate"),
        ({"lines": [{"sku": "MUG", "quantity": 99_999, "unit_price": 9_999_999_999}]}, {}, "lines"),
    ],
)
def test_an_order_that_cannot_be_recorded_is_refused_and_taken_once_it_is_mended(
    post: Any, wrong: dict[str, Any], mend: dict[str, Any], field: str
) -> None:
    first = post("orders", {"number": ""}, ORDER | {"number": "T0"}, ORDER | wrong).json()
    assert first["accepted"] == 1
    assert [(fault["row"], fault["field"]) for fault in first["refused"]][-1] == (2, field)
    assert post("orders", ORDER | wrong).status_code == 422
    mended = ORDER | (wrong | mend if mend else {})
    assert post("orders", mended).json()["counts"] == {"order recorded": 1, "event recorded": 1}
    assert {order.number for order in Order.objects.all()} == {"T0", "T1"}


@pytest.mark.parametrize("number", [{"number": "T1"}, {"number": "R1", "refund_of": "T1"}])
def test_an_order_that_was_refused_before_it_was_said_so_is_taken_once_it_is_mended(
    post: Any, number: dict[str, str]
) -> None:
    """Of such an order only the event was kept, under the number of the order."""
    row = ORDER | number | {"currency": "USD"}
    tracked.apply([telling._order(OrderRow.model_validate(row))], ApiKey.objects.get())
    assert not Order.objects.exists()
    mended = row | {"exchange_rate": "0.9"}
    assert post("orders", mended).json()["counts"] == {"order recorded": 1, "event repeated": 1}
    assert post("orders", mended).json()["counts"] == {"order known": 1, "event repeated": 1}
    assert post("orders", mended | {"total": 99}).json()["counts"] == {"track mismatch": 1}
    assert Order.objects.get().number == number["number"]


def test_visits(post: Any) -> None:
    visit = {"at": "2026-11-23T11:00:00Z", "store": "003", "customer": "7"}
    post("visits", visit, visit)
    assert Event.objects.get().kind == "visit"


def test_a_call_with_a_key_happens_once_and_answers_the_same(post: Any) -> None:
    first = post("products", {"sku": "MUG", "stock": 5}, once="k1")
    post("products", {"sku": "MUG", "stock": 9})
    again = post("products", {"sku": "MUG", "stock": 5}, once="k1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert Product.objects.get().stock == 9
    assert post("products", {"sku": "MUG", "stock": 6}, once="k1").status_code == 409
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize(("kind", "scopes"), [("server", ["track"]), ("browser", ["orders"])])
def test_a_key_without_the_right_is_refused(post: Any, kind: str, scopes: list[str]) -> None:
    key(kind, name="weak", scopes=scopes)
    assert post("orders", ORDER, by="weak").status_code == 403
    assert not Order.objects.exists()


def test_too_many_rows_and_no_good_row(post: Any) -> None:
    assert post("visits", *[{"at": "2026-11-23T11:00:00Z"}] * 1001).status_code == 413
    assert post("orders", {"number": "T1"}).status_code == 422


def test_a_buyer_who_was_told_is_an_existing_customer_and_an_objection_stands(post: Any) -> None:
    told = {"similar_goods": "similar-1", "notice_at_collection": "checkout-1"}
    now = timezone.now().isoformat()
    post("orders", ORDER | told | {"placed_at": now})
    said = Consent.objects.get()
    assert (said.basis, said.state, said.topic) == ("existing_customer", "granted", None)
    assert said.evidence["sale"].endswith(" T1")
    assert consent.load([said.customer_id], "email", None)[said.customer_id].may_send

    consent.record(
        [consent.Statement(said.customer_id, "email", False, "stated", timezone.now())], timezone.now()
    )
    post("orders", ORDER | told | {"placed_at": now, "number": "T2"})
    assert Consent.objects.count() == 2
    assert not consent.load([said.customer_id], "email", None)[said.customer_id].may_send


@pytest.mark.parametrize("told", [{"similar_goods": "s"}, {"notice_at_collection": "n"}, {}])
def test_half_a_notice_is_none(post: Any, told: dict[str, str]) -> None:
    post("orders", ORDER | told | {"placed_at": timezone.now().isoformat()})
    assert not Consent.objects.exists()
