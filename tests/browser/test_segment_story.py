"""Who looked at something again and again and did not buy it: built in nested groups, counted, and asked why."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from customers import event_months, stats
from customers.models import Category, Customer, Event, OrderLine, Product, Segment
from tests.browser.test_segment_editor import add, sign_in
from tests.factories import CustomerFactory, OrderFactory, ProductFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VIEWED = "“Product viewed” from the category Home/Kitchen at least 3 times within the last 7 days and not bought since"


def viewed(person: Customer, product: Product, *days_ago: int) -> None:
    times = [timezone.now() - timedelta(days=days) for days in days_ago]
    event_months.ensure(times)
    Event.objects.bulk_create(
        Event(at=at, kind="view", customer_id=person.pk, product_id=product.pk, source="shop") for at in times
    )


def bought(person: Customer, product: Product) -> None:
    order = OrderFactory(customer=person, placed_at=timezone.now())
    OrderLine.objects.create(order=order, position=1, product=product, quantity=1, unit_price=1, amount=100)
    stats.recount([person.pk])


@pytest.fixture
def shop(live_server: Any) -> None:
    """Erna and Emma looked three times this week and bought nothing; of Emma we know that she reads English."""
    kitchen = Category.objects.create(path="Home/Kitchen", parent=Category.objects.create(path="Home"))
    mug, book = ProductFactory(category=kitchen), ProductFactory()
    people = {name: CustomerFactory(first_name=name, last_name="Ernst", city="Hamburg") for name in NAMES}
    for name in ("Erna", "Emma", "Berta"):
        viewed(people[name], mug, 1, 2, 6)
    bought(people["Berta"], mug)
    bought(people["Erna"], book)
    viewed(people["Cilly"], mug, 1, 2, 8)
    viewed(people["Dora"], book, 1, 2, 3)
    Customer.objects.filter(first_name="Emma").update(language="en")
    Customer.objects.filter(first_name="Gesa").update(city="Bremen")


NAMES = ["Erna", "Emma", "Berta", "Cilly", "Dora", "Gesa"]


def trace(page: Page, name: str) -> list[tuple[str, str, str]]:
    """Verdict, condition or group, and what was seen, in the order of the tree."""
    page.locator("#trace-who").fill(f"{name} Ernst")
    page.locator(".trace-hits a").filter(has_text=name).click()
    expect(page.locator(".trace-answer")).to_contain_text(name)
    return [line(row) for row in page.locator("#segment-trace .trace-line").all()]


def line(row: Locator) -> tuple[str, str, str]:
    seen = row.locator(".trace-seen")
    value = seen.inner_text() if seen.count() else ""
    words = row.locator(".trace-words").inner_text().removesuffix(value).strip()
    return row.locator(".state").inner_text(), words, value


def test_viewed_three_times_and_not_bought_since_in_nested_groups(
    page: Page, live_server: Any, shop: None
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size({"width": 1360, "height": 1200})
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")

    page.locator('[value="group:r"]').click()
    expect(page.locator("#r-0.group-any")).to_be_visible()
    add(page, "did something", "r-0", "r-0-0")
    page.locator("#r-0-0-subject").select_option("categories")
    page.locator("#r-0-0-categories").fill("kitch")
    expect(page.locator(".suggestion").first).to_have_text("Home/Kitchen")
    page.locator(".suggestion").first.click()
    expect(page.locator("#r-0-0 .picked")).to_contain_text("Home/Kitchen")
    page.locator("#r-0-0-number").fill("3")
    page.locator("#r-0-0-window").select_option("days")
    expect(page.locator("#r-0-0-days")).to_be_visible()
    page.locator("#r-0-0-days").fill("7")
    page.locator("#r-0-0-bought").select_option("not_since")
    expect(page.locator("#segment-sentence")).to_contain_text(VIEWED)
    number = page.locator("#segment-result .result-number")
    expect(number).to_have_text("2")

    add(page, "city", "r-0", "r-0-1")
    page.locator("#r-0-1-cities").fill("brem")
    expect(page.locator(".suggestion").first).to_have_text("Bremen")
    page.locator(".suggestion").first.click()
    expect(number).to_have_text("3")

    page.locator('#r > .group-add [value="group:r"]').press("Enter")
    page.locator("#r-1-kind").select_option("none")
    expect(page.locator("#r-1.group-none")).to_be_visible()
    expect(page.locator("#r-1 .group-help")).to_contain_text("none of these is known to be true")
    add(page, "langu", "r-1", "r-1-0")
    page.get_by_label("English").press("Space")
    expect(page.locator("#r-1-0 .leaf-needs")).to_contain_text("therefore belongs to this group")
    expect(number).to_have_text("2")
    expect(page.locator(".sample li")).to_have_count(2)

    assert trace(page, "Erna") == [
        ("true", "All of these apply", ""),
        ("true", "At least one of these applies", ""),
        ("true", VIEWED, "it is: 3 times"),
        ("not true", "the city is Bremen", "it is: Hamburg"),
        ("true", "None of these applies", ""),
        ("not true", "the language is English", "it is: German"),
    ]
    expect(page.locator(".trace-answer")).to_contain_text("Erna Ernst belongs to this segment.")
    assert trace(page, "Emma")[:1] + trace(page, "Emma")[4:] == [
        ("not true", "All of these apply", ""),
        ("not true", "None of these applies", ""),
        ("true", "the language is English", "it is: English"),
    ]
    for name, seen in (("Berta", "it is: 0 times"), ("Cilly", "it is: 2 times"), ("Dora", "it is: 0 times")):
        assert trace(page, name)[2] == ("not true", VIEWED, seen)
        expect(page.locator(".trace-answer")).to_contain_text(
            f"{name} Ernst does not belong to this segment."
        )
    assert [verdict for verdict, _words, _seen in trace(page, "Gesa")[1:4]] == ["true", "not true", "true"]

    page.locator("#segment-name").fill("Looks and does not buy")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("#segment-saved")).to_contain_text("Saved")
    looked, english = Segment.objects.get().rule["all"]
    assert looked["any"][0]["params"] == {
        "kind": "view",
        "subject": "categories",
        "categories": [Category.objects.get(path="Home/Kitchen").pk],
        "operator": "at_least",
        "number": 3,
        "window": "days",
        "days": 7,
        "bought": "not_since",
    }
    assert english == {"none": [{"condition": "language", "params": {"languages": ["en"]}}]}
    assert not faults
