"""The customer list and the page of one customer: found by what is at hand, masked and limited by role."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.pages import paging
from customers import finding, stats
from customers.models import Customer, FixedList, Identity, SegmentChange
from tests.factories import NOON, CustomerFactory, OrderFactory, SegmentFactory, StoreFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def anna() -> Customer:
    customer = CustomerFactory(
        first_name="Anna",
        last_name="Öztürk",
        email="anna.oe@example.org",
        phone="+4917139200123",
        postal_code="30451",
    )
    Identity.objects.create(customer=customer, source="till", number="K4711")
    OrderFactory(
        customer=customer, number="A-2026-1", total=1290, base_total=1290, currency="EUR", placed_at=NOW
    )
    CustomerFactory(first_name="Bernd", last_name="Müller", email="bernd@example.org")
    stats.recount(None)
    return customer


@pytest.mark.parametrize(
    "typed",
    [
        "öztürk",
        "Ozturk",
        "ANNA",
        "anna özt",
        "anna.oe@",
        "K4711",
        "k4711",
        "A-2026-1",
        "30451",
        "0171 39200123",
        "0171/392 00-123",
        "0171 392",
        "+49 171 392",
        "+49 (0)171 39200123",
        "0049 171 39200",
        "+4917139200123",
        " öztürk ",
        "  Anna   ÖZTÜRK ",
        "Öztürk, Anna",
        "oeztuerk",
        "OEZTUERK",
        "#A-2026-1",
        "# a-2026-1 ",
        "ANNA.OE@EXAMPLE.ORG",
    ],
)
def test_she_is_found_by_what_is_at_hand(anna: Customer, typed: str) -> None:
    assert list(finding.find(Customer.objects.all(), typed)) == [anna]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Mueller", "müller"),
        ("Mueller", "MUELLER"),
        ("Müller", "mueller"),
        ("Müller", "muller"),
        ("Großmann", "grossmann"),
        ("Grossmann", "großmann"),
        ("Schröder-Köhler", "koehler"),
        ("Schröder-Köhler", "schroeder-k"),
        ("Bauer", "bauer"),
        ("Goethe", "göthe"),
        ("Yılmaz", "yilmaz"),
    ],
)
def test_umlauts_are_found_however_they_are_spelled(name: str, typed: str) -> None:
    customer = CustomerFactory(first_name="", last_name=name, email="")
    assert list(finding.find(Customer.objects.all(), typed)) == [customer]


@pytest.mark.parametrize("key", ["name", "Name"])
@pytest.mark.parametrize("typed", ["ozturk", "Öztürk, An", "anna 30451", "oeztuerk anna"])
def test_a_name_that_was_stated_whole_in_one_field_finds_her(key: str, typed: str) -> None:
    stated = {"first_name": "", "last_name": "", "email": "a@example.org", "postal_code": "30451"}
    customer = CustomerFactory(attributes={key: "Anna Öztürk", "nickname": "Bea"}, **stated)
    CustomerFactory(attributes={"Shoe": "Öztürk"}, **stated | {"email": "b@example.org"})
    assert list(finding.find(Customer.objects.all(), typed)) == [customer]
    assert str(customer) == "Anna Öztürk"
    Customer.objects.update(attributes={key: None})
    assert not finding.find(Customer.objects.all(), typed).exists()


def test_a_name_of_parts_goes_before_one_stated_whole_and_odd_ones_break_nothing() -> None:
    named = CustomerFactory(first_name="Anna", last_name="Özil", attributes={"name": "A. Oe."})
    assert str(named) == "Anna Özil"
    odd = CustomerFactory(first_name="", last_name="", email="", attributes={"name": 4711, "Name": " "})
    assert str(odd) == "4711"
    assert list(finding.find(Customer.objects.all(), "4711")) == [odd]


def test_an_analyst_does_not_read_a_name_that_was_stated_whole(analyst: Client) -> None:
    CustomerFactory(first_name="", last_name="", email="", attributes={"name": "Anna Öztürk"})
    assert "ztürk" not in analyst.get(reverse("customer_list")).content.decode()


def test_a_short_name_finds_no_others_that_only_look_alike_without_its_e() -> None:
    CustomerFactory(first_name="Jonas", email="")
    joe = CustomerFactory(first_name="Joe", email="")
    assert list(finding.find(Customer.objects.all(), "joe")) == [joe]


def test_a_phone_number_is_dialled_in_the_countries_of_the_stores() -> None:
    StoreFactory(country="AT")
    customer = CustomerFactory(phone="+436641234567")
    CustomerFactory(phone="+33664123456")
    assert list(finding.find(Customer.objects.all(), "0664 1234")) == [customer]


@pytest.mark.parametrize("typed", ["xyz", "'", "a' & b", "!!", "(", "\\", "<->", "anna:*|bernd:*", "%", ":*"])
def test_operators_and_nonsense_find_nobody_and_break_nothing(anna: Customer, typed: str) -> None:
    assert list(finding.find(Customer.objects.all(), typed)) == []


def test_the_list_shows_name_orders_and_revenue(anna: Customer, marketer: Client) -> None:
    page = marketer.get(reverse("customer_list"), {"q": "özt"}).content.decode()
    assert "Anna Öztürk" in page
    assert "anna.oe@example.org" in page
    assert "€12.90" in page
    assert "Müller" not in page


def test_the_list_is_sorted_by_revenue_orders_and_last_order(anna: Customer, marketer: Client) -> None:
    """Who has not ordered yet comes last."""
    often = CustomerFactory(first_name="Olga", last_name="Often")
    for number in range(2):
        OrderFactory(customer=often, total=500, base_total=500, placed_at=NOW - timedelta(days=9 + number))
    stats.recount(None)

    def listed(sort: str) -> list[str]:
        rows = marketer.get(reverse("customer_list"), {"sort": sort}).context["table"].rows
        return [row.record.last_name for row in rows]

    assert listed("-revenue") == ["Öztürk", "Often", "Müller"]
    assert listed("revenue") == ["Often", "Öztürk", "Müller"]
    assert listed("-orders") == ["Often", "Öztürk", "Müller"]
    assert listed("-last_order") == ["Öztürk", "Often", "Müller"]
    assert listed("last_order") == ["Often", "Öztürk", "Müller"]


@pytest.mark.parametrize("buyers", [3, 8])
@pytest.mark.parametrize("column", ["last_order", "revenue", "orders"])
def test_among_millions_too_whoever_has_no_orders_comes_last(
    marketer: Client, monkeypatch: pytest.MonkeyPatch, buyers: int, column: str
) -> None:
    """With the bounds of a small shop; whether there are as many buyers as one can page through or not."""
    for number in range(1, buyers + 1):
        customer = CustomerFactory(last_name=str(number))
        for _order in range(number):
            OrderFactory(customer=customer, base_total=10, placed_at=NOW + timedelta(days=number))
    CustomerFactory.create_batch(8, last_name="none")
    stats.recount(None)
    monkeypatch.setattr(paging, "CAP", 5)
    monkeypatch.setattr(paging, "SORTED", 0)

    def listed(sort: str) -> list[str]:
        rows = marketer.get(reverse("customer_list"), {"sort": sort}).context["table"].page.object_list
        return [row.record.last_name for row in rows]

    up = [str(number) for number in range(1, buyers + 1)]
    assert listed(column) == (up + ["none"] * 5)[:5]
    assert listed(f"-{column}") == (up[::-1] + ["none"] * 5)[:5]


def test_her_page_shows_her_orders(anna: Customer, marketer: Client) -> None:
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "A-2026-1" in page
    assert "+4917139200123" in page


def test_an_analyst_sees_figures_but_no_name_and_no_address(anna: Customer, analyst: Client) -> None:
    for url in (
        reverse("customer_list"),
        reverse("customer", args=[anna.pk]),
        reverse("customer_list") + "?export=csv",
    ):
        response = analyst.get(url)
        page = b"".join(response) if response.streaming else response.content
        assert "Öztürk" not in page.decode()
        assert "anna.oe" not in page.decode()
    assert "Öztürk" not in analyst.get(reverse("search"), {"q": "özt"}).content.decode()


def test_who_sees_no_names_finds_nobody_by_one(anna: Customer, analyst: Client, marketer: Client) -> None:
    segment = SegmentFactory()
    SegmentChange.objects.create(segment=segment, customer=anna, at=NOON, entered=True, by_rule=False)
    for url, asked in (
        (reverse("customer_list"), "q"),
        (reverse("segment_changes", args=[segment.pk]), "q"),
        (reverse("segment_trace") + f"?segment={segment.pk}", "who"),
    ):
        for typed in ("öztürk", "anna.oe@", "+4917139200123"):
            assert f"#{anna.pk}" not in analyst.get(url, {asked: typed}).content.decode(), (url, typed)
            assert "Öztürk" in marketer.get(url, {asked: typed}).content.decode(), (url, typed)
        assert f"#{anna.pk}" in analyst.get(url, {asked: "K4711"}).content.decode(), url


def test_an_analyst_sees_no_name_in_an_attribute_or_a_number(
    anna: Customer, analyst: Client, marketer: Client
) -> None:
    Customer.objects.filter(pk=anna.pk).update(attributes={"name": "Anna Öztürk-Braun"})
    Identity.objects.create(customer=anna, source="shop", number="oeztuerk@example.org")
    url = reverse("customer", args=[anna.pk])
    for told in ("Öztürk-Braun", "oeztuerk@example.org", "K4711"):
        assert told in marketer.get(url).content.decode()
        assert told not in analyst.get(url).content.decode()


@pytest.mark.parametrize(
    ("role", "may"), [("marketer", True), ("analyst", True), ("approver", False), ("administrator", True)]
)
def test_names_leave_in_a_file_only_with_those_who_may_export_them(
    anna: Customer, sign_in: Callable[..., Client], role: str, may: bool
) -> None:
    reader, segment, kept = sign_in(role), SegmentFactory(), FixedList.objects.create(name="Messe")
    for url in (
        reverse("customer_list"),
        reverse("fixed_list", args=[kept.pk]),
        reverse("segment_changes", args=[segment.pk]),
        reverse("tier_members"),
    ):
        assert ("export=csv" in reader.get(url).content.decode()) is may, url
        assert reader.get(url + "?export=csv").status_code == (200 if may else 403), url


def test_a_store_manager_takes_no_customers_along(anna: Customer, store_manager: Client) -> None:
    url = reverse("customer_list")
    assert "export=csv" not in store_manager.get(url).content.decode()
    assert store_manager.get(url + "?export=csv").status_code == 403


def test_a_store_manager_sees_her_own_stores_customers_only(anna: Customer, store_manager: Client) -> None:
    assert store_manager.get(reverse("customer", args=[anna.pk])).status_code == 404
    assert "Öztürk" not in store_manager.get(reverse("customer_list")).content.decode()
    store = StoreFactory()
    store.staff.add(store_manager.user)  # type: ignore[attr-defined]
    anna.home_store = store
    anna.save()
    assert store_manager.get(reverse("customer", args=[anna.pk])).status_code == 200
    page = store_manager.get(reverse("customer_list")).content.decode()
    assert "Öztürk" in page
    assert "Müller" not in page


@pytest.mark.parametrize("export", ["", "?export=csv"])
def test_more_customers_need_no_more_queries(anna: Customer, marketer: Client, export: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            b"".join(marketer.get(reverse("customer_list") + export))
        return len(captured)

    queries()  # fills caches
    few = queries()
    for _number in range(27):
        OrderFactory(customer=CustomerFactory(), total=1290, base_total=1290, currency="EUR")
    stats.recount(None)
    assert queries() == few


def test_of_a_crowd_the_first_pages_are_those_of_that_last_name(
    marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a shop with a million customers sees, with the bounds of a small one."""
    for number in range(12):
        CustomerFactory(first_name=f"Anna {number:02}", last_name="Müller" if number % 2 else "Mueller")
        CustomerFactory(first_name="Muriel", last_name=f"Adam {number:02}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    people, limit = Customer.objects.all(), 8
    assert finding.find(people, "mu").count() == 24
    monkeypatch.setattr(paging, "SORTED", 0)
    monkeypatch.setattr(paging, "CAP", 10)
    assert finding.find(people, "mu").count() == 12
    assert {c.last_name for c in finding.first(people, "mueller", limit)} == {"Müller", "Mueller"}
    assert finding.find(people, "anna mu").count() == 12
    assert finding.find(people, "muriel").count() == 12, "no last name begins so: it is everybody"
    page = marketer.get(reverse("customer_list"), {"q": "mu"}).content.decode()
    assert "of about" in page or "of more than 10" in page


@pytest.mark.parametrize("key", ["name", "Name"])
def test_whose_name_was_stated_whole_is_found_in_a_crowd_too(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        CustomerFactory(first_name=f"Bea {number:02}", last_name="Müller")
    stated = [" Anna  Müller ", "Müller, Cora", "Müller"]
    whole = [CustomerFactory(first_name="", last_name="", attributes={key: name}) for name in stated]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    monkeypatch.setattr(paging, "SORTED", 0)
    monkeypatch.setattr(paging, "CAP", 10)
    assert set(whole) < set(finding.find(Customer.objects.all(), "müller"))


def test_they_stand_in_the_order_of_names_by_their_last_word() -> None:
    whole = {"first_name": "", "last_name": ""}
    for fields in (
        {"first_name": "Cora", "last_name": "Müller"},
        {**whole, "attributes": {"name": "Dr. Berta Müller"}},
        {**whole, "attributes": {"name": "Müller, Anna"}},
        {**whole, "attributes": {"name": " ", "Name": "Ödön"}},
        {**whole, "attributes": {"name": "x" * 5000 + " Aal"}},
        {"first_name": "Anna", "last_name": "Zander", "attributes": {"name": "Anna Abel"}},
    ):
        CustomerFactory(**fields)
    listed = [str(each)[:20] for each in Customer.objects.order_by("sort_name")]
    assert listed == ["Müller, Anna", "Cora Müller", "Dr. Berta Müller", "Ödön", "x" * 20, "Anna Zander"]


def test_whatever_the_planner_is_told_the_order_is_that_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Zander", "Abel", "Möller", "Maas"):
        CustomerFactory(first_name="Anna", last_name=name)
    monkeypatch.setattr(paging, "CAP", 3)
    for bound in (0, 1_000):
        monkeypatch.setattr(paging, "SORTED", bound)
        found = finding.first(Customer.objects.all(), "anna", 3)
        assert [customer.last_name for customer in found] == ["Abel", "Maas", "Möller"]
