"""A block with products for each reader: in every channel that shows products, with clicks that are counted."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels import consent, links, suppression
from channels.messages import checks, preview, rendering, versions
from channels.messages.rendering import Rendered
from channels.models import Account, Delivery, DeliveryEvent, Link, SandboxMail, Suppression
from customers.models import Customer, OrderLine, Product
from customers.recommendations import keeping
from tests.channels import mails, people, runs
from tests.factories import OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db
PAGE = "https://linden.example/p/"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    rendering.forget()


def block(**fields: object) -> dict[str, object]:
    ours = {"strategy": "best", "number": 3, "heading": "Für Sie, {{ first_name }}", "label": "Ansehen"}
    return {"id": "r", "kind": "recommendations", **ours, **fields}


def bought(person: Customer | None, *products: Product) -> None:
    order = OrderFactory(customer=person, placed_at=mails.NOW - timedelta(days=3))
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=n, product=each, quantity=1, unit_price="12.90", amount=1290)
        for n, each in enumerate(products, 1)
    )


@pytest.fixture
def tea() -> list[Product]:
    """With the teapot goes the cup; everybody else buys socks."""
    mails.shop()
    names = ("Teekanne", "Tasse & Teller", "Socken")
    found = [
        ProductFactory(names={"de": name}, link=f"{PAGE}{n}", picture=f"/demo/{n}.png" if n else "")
        for n, name in enumerate(names)
    ]
    for _n in range(4):
        bought(None, found[0], found[1])
    for _n in range(9):
        bought(None, found[2])
    keeping.run(mails.NOW)
    return found


def sent(channel: str, person: Customer, *blocks: dict[str, object]) -> SandboxMail:
    said = [consent.Statement(**(vars(people.yes(person)) | {"channel": channel}))]
    consent.record([*said, people.yes(person, purpose="tracking")], people.NOON)
    Account.objects.get_or_create(name=channel, defaults={"backend": "sandbox", "channel": channel})
    made = runs.version(*blocks, channels=[channel])
    runs.planned(made)
    runs.send_all()
    row = Delivery.objects.get(message=made.message_id, customer=person)
    assert row.state == "accepted", row.reason
    return SandboxMail.objects.get(delivery=row)


def rendered(blocks: list[dict[str, object]], *persons: Customer) -> list[Rendered]:
    version = versions.freeze(mails.message(*blocks), None)
    rows = [mails.row(version, person, n) for n, person in enumerate(persons, 1)]
    found = rendering.render(rows, mails.NOW)
    assert all(isinstance(each, Rendered) for each in found.values()), found
    return [found[row.id] for row in rows]


def receipts(*persons: Customer) -> list[Rendered]:
    """As a shop confirms an order: a service message with a block of recommendations."""
    message = mails.message(mails.text("Danke!"), block(), purpose="service", topic=None)
    version = versions.freeze(message, None)
    rows = [mails.row(version, person, n) for n, person in enumerate(persons, 1)]
    found = rendering.render(rows, mails.NOW)
    return [found[row.id] for row in rows]


def test_a_receipt_recommends_only_to_who_agreed_to_advertising(tea: list[Product]) -> None:
    agreed, silent, refused, objected = (mails.customer(email=f"{n}@example.org") for n in range(4))
    news = people.topic("news")
    consent.record([people.yes(agreed, news), people.yes(objected)], people.NOON)
    consent.record([people.yes(refused, news), people.no(refused, minutes=1)], people.NOON)
    suppression.refresh_keys()
    suppression.suppress("email", [objected.email], Suppression.Reason.OBJECTION, people.NOON)
    shown = receipts(agreed, silent, refused, objected)
    assert all("Danke!" in each.html for each in shown)
    assert ["Socken" in each.html for each in shown] == [True, False, False, False]
    assert ["Für Sie" in each.text for each in shown] == [True, False, False, False]


def test_what_is_advertising_already_recommends_to_all_its_readers(tea: list[Product]) -> None:
    [shown] = rendered([block()], mails.customer())
    assert "Socken" in shown.html


def test_the_preview_of_a_receipt_shows_what_that_customer_would_get(tea: list[Product]) -> None:
    anna = mails.customer()
    message = mails.message(block(), purpose="service", topic=None)
    [content] = message.contents.all()
    assert "Socken" not in preview.render(content, anna, mails.NOW).html
    consent.record([people.yes(anna)], people.NOON)
    assert "Socken" in preview.render(content, anna, mails.NOW).html


def test_each_reader_gets_products_of_her_own_and_none_that_she_has(tea: list[Product]) -> None:
    anna, bert = mails.customer(), mails.customer(first_name="Bert", email="bert@example.org")
    bought(anna, tea[0])
    hers, his = rendered([block()], anna, bert)
    assert "Für Sie, Anna" in hers.html
    assert hers.html.index("Tasse &amp; Teller") < hers.html.index("Socken")
    assert "Teekanne" not in hers.html
    assert his.html.index("Socken") < his.html.index("Teekanne")
    assert [line[:10] for line in hers.text.splitlines() if line.startswith("- ")] == [
        "- Tasse & ",
        "- Socken, ",
    ]
    assert f'src="{rendering.settings.PUBLIC_URL}/demo/1.png"' in hers.html
    assert hers.html.count("<img") == 2
    assert his.html.count("<img") == 2  # the teapot has no picture


def test_who_has_nothing_to_be_shown_does_not_see_the_block(tea: list[Product]) -> None:
    anna = mails.customer()
    (found,) = rendered([block(strategy="recently_viewed"), mails.text("Bis bald")], anna)
    assert "Für Sie" not in found.html + found.text
    assert "Bis bald" in found.html
    assert "<img" not in found.html


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 9, 12])
def test_rows_hold_what_fits_and_no_row_is_empty(number: int, tea: list[Product]) -> None:
    more = [ProductFactory(names={"de": f"Ding {n}"}, link=PAGE) for n in range(9)]
    (found,) = rendered([block(number=number, strategy="bestsellers")], mails.customer())
    assert found.html.count("Ansehen →") == min(number, 3 + len(more))
    assert found.text.count("\n- ") + found.text.startswith("- ") == number


def test_a_batch_takes_as_many_queries_as_one_row(tea: list[Product]) -> None:
    version = versions.freeze(mails.message(block(), block(id="s", strategy="favourite_category")), None)
    persons = [mails.customer(email=f"{n}@example.org") for n in range(20)]
    bought(persons[3], tea[0])
    rows = [mails.row(version, person, n) for n, person in enumerate(persons)]
    rendering.render(rows[:1], mails.NOW)
    with CaptureQueriesContext(connection) as one:
        rendering.render(rows[:1], mails.NOW)
    with CaptureQueriesContext(connection) as many:
        rendering.render(rows, mails.NOW)
    assert len(many) <= len(one) + 1 <= 12


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "in_app"])
def test_channels_without_mark_up_name_the_products_and_link_them(channel: str, tea: list[Product]) -> None:
    (anna,) = runs.customers(1, phone="+4915112345678")
    bought(anna, tea[0])
    got = sent(channel, anna, block())
    assert "Für Sie, Anna 0" in got.text
    lines = [line for line in got.text.splitlines() if line.startswith("- ")]
    assert lines[0].startswith("- Tasse & Teller, 12,90")
    assert f"/?p={tea[1].pk}" in lines[0]
    if channel == "in_app":
        assert got.parts["picture"].endswith("/demo/1.png")


def test_a_click_leads_to_the_products_page_and_tells_which(tea: list[Product]) -> None:
    (anna,) = runs.customers(1)
    bought(anna, tea[0])
    sent("email", anna, block())
    row = Delivery.objects.get()
    Delivery.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    link = Link.objects.get(label__startswith="Recommendations")
    address = reverse("click", args=[links.click_token(link.pk, row.pk)])

    def leads_to(product: object, token: str = address) -> str:
        return Client().get(f"{token}?p={product}", headers={"User-Agent": BROWSER})["Location"]

    assert leads_to(tea[1].pk) == f"{PAGE}1"
    event = DeliveryEvent.objects.get(kind="clicked")
    assert (event.link, event.human, event.detail) == (link, True, {"product": tea[1].pk})
    anonymous = reverse("click", args=[links.anonymous_token(link.pk)])
    assert leads_to(tea[2].pk, anonymous) == f"{PAGE}2"
    Product.objects.filter(pk=tea[1].pk).update(link="")
    for nothing in (tea[1].pk, 10**17, "x", "1e3", "²", "-1", "9" * 40, "https://evil.example"):
        assert leads_to(nothing) == "https://linden.example"


def test_a_preview_shows_an_invented_person_and_any_customer(tea: list[Product]) -> None:
    message = mails.message(block())
    content = message.contents.get()
    invented = preview.render(content, None, mails.NOW)
    anna = mails.customer()
    bought(anna, tea[0])
    hers = preview.render(content, anna, mails.NOW)
    assert isinstance(invented, Rendered)
    assert isinstance(hers, Rendered)
    assert "Keramikbecher Nord" in invented.html
    assert "Tasse &amp; Teller" in hers.html
    assert [fault.sentence for fault in checks.faults(message)] == []


def test_faults_are_said_where_they_can_be_mended(tea: list[Product]) -> None:
    message = mails.message(block(strategy="tarot", number="x", heading="{{ fist_name }}"))
    mails.shop(url="")
    found = {
        fault.place.field: fault.sentence for fault in checks.faults(message) if fault.place.block == "r"
    }
    assert "tarot" in found["strategy"] or "shop’s address" in found["strategy"]
    assert "x" in found["number"]
    assert "first_name" in found["heading"]
    preview.render(message.contents.get(), None, mails.NOW)  # shows the fault, and does not break
