"""What every list can do: search, filter, order, page, save, act on many."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.pages import paging
from customers.models import SavedView, Store
from tests.factories import StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.list_pages")]


def html(client: Client, query: str = "", **headers: str) -> str:
    return client.get(f"/list/?{query}", headers=headers).content.decode()


def names(text: str) -> list[str]:
    return re.findall(r'<td class="row-title">([^<]*)<', text)


@pytest.fixture
def three() -> list[Store]:
    given = [("Nord", "physical"), ("Süd <b>", "physical"), ("Netz", "online")]
    return [StoreFactory(name=name, kind=kind) for name, kind in given]


def test_search_filters_and_order_are_in_the_address(administrator: Client, three: list[Store]) -> None:
    assert names(html(administrator, "sort=name")) == ["Netz", "Nord", "Süd &lt;b&gt;"]
    assert names(html(administrator, "sort=-name")) == ["Süd &lt;b&gt;", "Nord", "Netz"]
    assert names(html(administrator, "q=n&sort=name")) == ["Netz", "Nord"]
    assert names(html(administrator, "q=n&kind=physical")) == ["Nord"]


def test_search_takes_text_that_was_scanned_with_a_nul(administrator: Client, three: list[Store]) -> None:
    assert names(html(administrator, "q=No%00rd")) == ["Nord"]
    for address in ("/search/", "/pictures/", "/mailbox/", "/mailbox/phone/"):
        assert administrator.get(address, {"q": "No\0rd"}).status_code < 400, address


def test_a_chip_names_the_filter_and_its_link_takes_it_away(
    administrator: Client, three: list[Store]
) -> None:
    text = html(administrator, "kind=physical&q=n&page=2")
    assert "<strong>Shop</strong>" in text
    assert 'class="chip" href="?q=n"' in text


def test_a_filter_that_makes_no_sense_shows_nothing_rather_than_everything(
    administrator: Client, three: list[Store]
) -> None:
    assert names(html(administrator, "kind=nonsense")) == []


@pytest.mark.parametrize(
    "query", ["sort=password", "sort=city", "page=x", "page=-1", "page=" + "9" * 5000, "size=7", "q=%00"]
)
def test_nonsense_in_the_address_is_no_fault(administrator: Client, three: list[Store], query: str) -> None:
    assert len(names(html(administrator, query))) == 3


def test_htmx_gets_the_rows_only_and_the_cache_knows(administrator: Client, three: list[Store]) -> None:
    text = html(administrator, **{"HX-Request": "true"})
    assert text.lstrip().startswith('<div id="list"')
    assert "HX-Request" in administrator.get("/list/")["Vary"]


def test_an_empty_list_says_what_it_is_for_and_an_empty_search_the_way_back(administrator: Client) -> None:
    assert "For nothing." in html(administrator)
    assert "Nothing fits" in html(administrator, "q=x")


def test_pages_never_overlap(administrator: Client) -> None:
    for place in range(60):
        StoreFactory(name="same", number=f"{place:03}")
    seen = [html(administrator, f"sort=name&page={page}") for page in (1, 2, 3)]
    numbers = [number for text in seen for number in re.findall(r'data-label="Number"><span>(\d+)', text)]
    assert len(numbers) == len(set(numbers)) == 60
    assert "51–60 of 60" in seen[2]


def test_no_page_counts_all_rows(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "CAP", 30)
    StoreFactory.create_batch(60)
    with connection.cursor() as cursor:
        # Else "about" is what the server happens to know of the table.
        cursor.execute("ANALYZE customers_store")
    with CaptureQueriesContext(connection) as queries:
        text = html(administrator, "page=9")
    assert re.search(r"26–30 of about \d+", text)
    asked = [query["sql"] for query in queries if 'FROM "customers_store"' in query["sql"]]
    assert asked
    assert all("LIMIT" in sql or '"id" IN (' in sql or sql.startswith("EXPLAIN") for sql in asked)
    assert not [sql for sql in asked if "COUNT(" in sql]


def test_few_matches_are_ordered_by_themselves(administrator: Client, three: list[Store]) -> None:
    """The matches come first and without order, so that no ordering index is walked to find them."""
    with CaptureQueriesContext(connection) as queries:
        html(administrator, "q=nord&sort=name")
    asked = [query["sql"] for query in queries if 'FROM "customers_store"' in query["sql"]]
    assert "ORDER BY" not in asked[0]
    assert f'"customers_store"."id" IN ({three[0].pk})' in asked[1]
    assert "ORDER BY" in asked[1]


def few_at_most(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a list with millions of rows does, with the bounds of a small one."""
    monkeypatch.setattr(paging, "CAP", number)
    monkeypatch.setattr(paging, "SORTED", number)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_store")


def test_what_no_index_orders_can_be_sorted_while_the_matches_are_few(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        StoreFactory(name=f"{'even' if number % 2 == 0 else 'odd'} {number}", number=str(9 - number))
    assert names(html(administrator, "sort=number"))[0] == "odd 7"
    few_at_most(5, monkeypatch)
    many = html(administrator, "sort=number")
    assert "sort=name" in many
    assert "sort=-number" not in many
    assert names(html(administrator, "sort=number&q=even")) == ["even 6", "even 4", "even 2", "even 0"]


def test_the_different_values_of_a_column() -> None:
    for city in ("Wien", "Bern", "Wien", ""):
        StoreFactory(city=city)
    assert paging.distinct(Store, "city") == ["", "Bern", "Wien"]


# --- Saved views ---


def save(client: Client, name: str, query: str = "q=n") -> Any:
    data = {"page": "test_stores", "name": name, "query": query, "next": "/list/"}
    return client.post("/views/save/", data, follow=True)


def test_a_saved_view_comes_back_with_one_click(administrator: Client, three: list[Store]) -> None:
    assert "View “Mine” saved." in save(administrator, "Mine", "q=n&sort=name&page=3").content.decode()
    assert 'href="?q=n&amp;sort=name"' in html(administrator)
    save(administrator, "Mine", "q=x")
    assert [view.query for view in SavedView.objects.all()] == ["q=x"]


def test_a_saved_view_is_its_owners_alone(administrator: Client, marketer: Client) -> None:
    save(administrator, "Mine")
    view = SavedView.objects.get()
    assert "Mine" not in html(marketer)
    assert marketer.post(f"/views/{view.pk}/delete/").status_code == 404
    administrator.post(f"/views/{view.pk}/delete/", {"next": "/list/"})
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_not_saved(administrator: Client) -> None:
    assert "it needs a name" in save(administrator, "  ").content.decode()


# --- Bulk actions ---


def test_a_bulk_action_asks_first_and_then_acts_on_the_chosen(
    administrator: Client, three: list[Store]
) -> None:
    data = {"action": "close", "ids": [three[0].pk, three[1].pk]}
    question = administrator.post("/list/", data).content.decode()
    assert "Really close them?" in question
    assert not Store.objects.filter(city="closed").exists()
    administrator.post("/list/", data | {"confirmed": "1"})
    assert Store.objects.filter(city="closed").count() == 2


def test_all_rows_means_all_that_the_filters_leave(administrator: Client, three: list[Store]) -> None:
    administrator.post("/list/?kind=physical", {"action": "close", "all": "1", "confirmed": "1"})
    assert set(Store.objects.filter(city="closed").values_list("kind", flat=True)) == {"physical"}
    administrator.post("/list/?kind=nonsense", {"action": "close", "all": "1", "confirmed": "1"})
    assert not Store.objects.filter(city="closed", kind="online").exists()


def test_rows_that_the_reader_may_not_see_cannot_be_chosen(administrator: Client) -> None:
    hidden = StoreFactory(city="hidden")
    administrator.post("/list/", {"action": "close", "ids": [hidden.pk, "x", "9" * 30], "confirmed": "1"})
    hidden.refresh_from_db()
    assert hidden.city == "hidden"


def test_a_bulk_action_wants_its_own_permission(analyst: Client, three: list[Store]) -> None:
    assert 'value="close"' not in html(analyst)
    data = {"action": "close", "ids": [three[0].pk], "confirmed": "1"}
    assert analyst.post("/list/", data).status_code == 403
