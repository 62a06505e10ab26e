"""A block with what she wanted while it was sold out: there for those who waited, and gone for everybody else."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import links
from channels.messages import checks, preview, rendering, versions
from channels.messages.rendering import Rendered
from channels.models import Link
from customers import event_months, personalisation, products
from customers.models import Cart, Customer, Event, Favourite, OrderLine, Origin, Product
from customers.products import Article
from tests.channels import mails
from tests.factories import OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db
BLOCK = {"id": "s", "kind": "back_in_stock", "heading": "Wieder da, {{ first_name }}", "label": "Ansehen"}
PAGE = "https://linden.example/p/kanne"
BACK = mails.NOW - timedelta(days=2)


@pytest.fixture(autouse=True)
def _shop() -> None:
    rendering.forget()
    mails.shop()


@pytest.fixture
def anna() -> Customer:
    return mails.customer()


@pytest.fixture
def pot() -> Product:
    """Sold out ten days ago, and back since two."""
    made = ProductFactory(
        sku="POT", names={"de": "Teekanne & Stövchen"}, link=PAGE, picture="/demo/pot.png", stock=5
    )
    stock("POT", 0, mails.NOW - timedelta(days=10))
    stock("POT", 7, BACK)
    return made


def stock(sku: str, number: int, at: Any) -> None:
    products.record([Article(sku, stock=number)], at, Origin.LIVE)


def likes(person: Customer, product: Product, days: int = 5, **fields: Any) -> None:
    Favourite.objects.create(
        customer=person, product=product, added_at=mails.NOW - timedelta(days=days), **fields
    )


def looked(person: Customer, product: Product, *days: float) -> None:
    event_months.ensure(mails.NOW - timedelta(days=each) for each in days)
    Event.objects.bulk_create(
        Event(
            kind="view",
            at=mails.NOW - timedelta(days=each),
            customer_id=person.pk,
            product_id=product.pk,
            source="shop",
        )
        for each in days
    )


def bought(person: Customer, product: Product, days: int) -> None:
    order = OrderFactory(customer=person, placed_at=mails.NOW - timedelta(days=days))
    OrderLine.objects.create(
        order=order, position=1, product=product, quantity=1, unit_price="12.90", amount=1290
    )


def shown(person: Customer) -> list[str]:
    values = personalisation.load({"back_in_stock"}, [person.pk], "de", mails.NOW)
    return [each["name"] for each in values[person.pk]["back_in_stock"]]


def test_a_favourite_that_is_back_is_shown_until_she_takes_it_off_or_buys_it(
    anna: Customer, pot: Product
) -> None:
    bought(anna, pot, days=90)
    assert shown(anna) == []
    likes(anna, pot)
    assert shown(anna) == ["Teekanne & Stövchen"], "an earlier purchase does not matter"
    Favourite.objects.update(removed_at=mails.NOW)
    assert shown(anna) == []
    Favourite.objects.update(removed_at=None)
    bought(anna, pot, days=1)
    assert shown(anna) == []


@pytest.mark.parametrize(
    ("days", "there"),
    [((6, 5), True), ((6, 1), True), ((6,), False), ((40, 6), False), ((1, 0.5), False)],
)
def test_who_looked_twice_in_thirty_days_waited(
    anna: Customer, pot: Product, days: tuple[float, ...], there: bool
) -> None:
    looked(anna, pot, *days)
    assert bool(shown(anna)) is there


def test_what_lies_in_an_old_cart_is_waited_for(anna: Customer, pot: Product) -> None:
    at = mails.NOW - timedelta(days=200)
    cart = Cart.objects.create(
        customer=anna,
        source="shop",
        number="C",
        opened_at=at,
        last_activity_at=at,
        state="abandoned",
        items=1,
    )
    cart.lines.create(product=pot, quantity=1, amount=1290)
    assert shown(anna) == ["Teekanne & Stövchen"]
    Cart.objects.update(state="bought")
    assert shown(anna) == []


def test_only_what_came_back_lately_and_is_still_there(anna: Customer, pot: Product) -> None:
    always, more, long_ago = (ProductFactory(sku=sku, stock=5) for sku in ("ALWAYS", "MORE", "LONG"))
    stock("MORE", 9, BACK)
    stock("LONG", 0, mails.NOW - timedelta(days=60))
    stock("LONG", 3, mails.NOW - timedelta(days=31))
    for each in (always, more, long_ago):
        likes(anna, each, days=100)
    assert shown(anna) == []
    likes(anna, pot, days=1)
    assert shown(anna) == [], "she wanted it only when it was there"
    Favourite.objects.filter(product=pot).update(added_at=BACK - timedelta(days=1))
    assert shown(anna) == ["Teekanne & Stövchen"]
    stock("POT", 0, mails.NOW - timedelta(hours=1))
    assert shown(anna) == []


def test_what_came_back_last_is_first(anna: Customer, pot: Product) -> None:
    cup = ProductFactory(sku="CUP", names={"de": "Tasse"}, stock=0)
    stock("CUP", 2, mails.NOW - timedelta(days=1))
    likes(anna, pot)
    likes(anna, cup)
    assert shown(anna) == ["Tasse", "Teekanne & Stövchen"]


def test_a_mail_shows_it_to_who_waited_and_nothing_to_others(anna: Customer, pot: Product) -> None:
    bert = mails.customer(first_name="Bert", email="bert@example.org")
    likes(anna, pot)
    version = versions.freeze(mails.message(BLOCK, mails.text("Bis bald")), None)
    found = rendering.render([mails.row(version, anna, 1), mails.row(version, bert, 2)], mails.NOW)
    hers, his = found[1], found[2]
    assert isinstance(hers, Rendered)
    assert isinstance(his, Rendered)
    assert "Wieder da, Anna" in hers.html
    assert "Teekanne &amp; Stövchen" in hers.html
    assert f'src="{rendering.settings.PUBLIC_URL}/demo/pot.png"' in hers.html
    assert hers.text.startswith("Wieder da, Anna\n\nTeekanne & Stövchen, 12,90\xa0€\nAnsehen: http")
    assert f"?p={pot.pk}" in hers.html
    assert "Wieder da" not in his.html + his.text
    assert "<img" not in his.html
    assert "Bis bald" in his.html
    link = Link.objects.get(label="Back in stock")
    answer = Client().get(
        reverse("click", args=[links.anonymous_token(link.pk)]), {"p": pot.pk}, headers={"User-Agent": "x"}
    )
    assert answer["Location"] == PAGE


@pytest.mark.parametrize("channel", ["sms", "push", "in_app"])
def test_every_channel_can_show_it(channel: str, anna: Customer, pot: Product) -> None:
    likes(anna, pot)
    version = versions.freeze(mails.message(BLOCK, channels=["email"]), None)
    content = mails.content(version.message, "de", BLOCK, channel=channel)
    for person, there in ((anna, True), (mails.customer(email="b@example.org"), False)):
        result = preview.render(content, person, mails.NOW)
        assert isinstance(result, Rendered)
        assert ("Teekanne & Stövchen, 12,90" in result.text) is there
        if channel != "sms":
            assert bool(result.parts["picture"]) is there
            assert bool(result.parts["link"]) is there


def test_a_preview_invents_one_and_faults_are_told() -> None:
    message = mails.message(BLOCK)
    invented = preview.render(message.contents.get(), None, mails.NOW)
    assert isinstance(invented, Rendered)
    assert "Leinenbluse Ella, 49,90 €" in invented.text
    assert checks.faults(message) == []
    mails.shop(url="")
    assert [each.place.field for each in checks.faults(message) if each.place.block == "s"] == ["label"]
