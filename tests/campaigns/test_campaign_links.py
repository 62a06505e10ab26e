"""The shop's statistics learn by which campaign and channel somebody came: it stands in the target of each link."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from channels import links
from channels.messages import rendering, versions
from channels.models import Account, Link, Message, MessageVersion
from customers.models import Cart, Product
from tests.campaigns import make
from tests.channels import mails
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
SALE = "https://linden.example/sale?a=1#top"


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    rendering.forget()


def frozen(*blocks: dict[str, Any], name: str = "Großer Advent", **fields: Any) -> MessageVersion:
    message = mails.message(*(blocks or (mails.button(SALE),)), **fields)
    Campaign.objects.create(name=name, message=message)
    return versions.freeze(message, None)


def targets(version: MessageVersion, channel: str = "email") -> dict[str, str]:
    rows = Link.objects.filter(content__version=version, content__channel=channel)
    return dict(rows.values_list("label", "url"))


def opened(link: Link, query: str = "", delivery: int | None = None) -> str:
    token = links.click_token(link.pk, delivery) if delivery else links.anonymous_token(link.pk)
    answer = Client().get(reverse("click", args=[token]) + query, headers={"User-Agent": "Mozilla/5.0"})
    return answer["Location"]


def test_every_counted_link_of_a_mail_says_so() -> None:
    product: Product = ProductFactory(names={"de": "Becher"}, link="https://linden.example/p/1?colour=red")
    version = frozen(
        mails.button(SALE),
        mails.text("[mehr](https://linden.example/mehr?utm_source=partner)", "t"),
        {"id": "p", "kind": "products", "products": [product.pk], "label": "Ansehen"},
    )
    rest = "utm_medium=email&utm_campaign=grosser-advent"
    ours = f"utm_source=stammkunde&{rest}"
    assert targets(version) == {
        "Los": f"https://linden.example/sale?a=1&{ours}#top",
        "mehr": f"https://linden.example/mehr?utm_source=partner&{rest}",
        "Becher": f"https://linden.example/p/1?colour=red&{ours}",
        "Kaufhaus Linden": f"https://linden.example?{ours}",
    }


def test_who_is_tracked_and_who_is_not_are_led_to_the_same_place() -> None:
    version = frozen()
    link = Link.objects.get(content__version=version, label="Los")
    there = "https://linden.example/sale?a=1&utm_source=stammkunde&utm_medium=email&utm_campaign=grosser-advent#top"
    assert opened(link) == opened(link, delivery=make.customer().pk) == there


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "push"])
def test_the_medium_is_the_channel(channel: str) -> None:
    Account.objects.create(name=channel, backend="sandbox", channel=channel)
    version = frozen(channels=["email", channel])
    assert f"utm_medium={channel}&" in targets(version, channel)["Los"]
    assert "utm_medium=email&" in targets(version)["Los"]


def test_in_the_shop_nothing_covers_up_where_she_came_from() -> None:
    Account.objects.create(name="in_app", backend="in_app", channel="in_app")
    assert targets(frozen(channels=["in_app"]), "in_app")["Los"] == SALE


def test_a_message_of_no_campaign_leads_where_it_says() -> None:
    service = versions.freeze(
        mails.message(mails.button(SALE), purpose=Message.Purpose.SERVICE, topic=None), None
    )
    assert targets(service)["Los"] == SALE


def test_a_new_name_is_a_new_version_and_the_frozen_one_stays() -> None:
    version = frozen(name="Neue Kampagne")
    assert versions.freeze(version.message, None) == version
    Campaign.objects.update(name="Winter")
    renamed = versions.freeze(version.message, None)
    assert "utm_campaign=winter" in targets(renamed)["Los"]
    assert "utm_campaign=neue-kampagne" in targets(version)["Los"]


def test_products_and_carts_that_are_chosen_later_are_told_too() -> None:
    product = ProductFactory(link="https://linden.example/p/1#reviews")
    kinds = ({"strategy": "best", "number": 3, "heading": ""}, {"heading": "", "more": "", "total": ""})
    version = frozen(
        {"id": "r", "kind": "recommendations", "label": "Ansehen", **kinds[0]},
        {"id": "c", "kind": "cart", "label": "Zum Warenkorb", **kinds[1]},
    )
    ours = "utm_source=stammkunde&utm_medium=email&utm_campaign=grosser-advent"
    found = Link.objects.filter(content__version=version)
    chosen = found.get(label__startswith="Recommendations")
    assert opened(chosen, f"?p={product.pk}") == f"https://linden.example/p/1?{ours}#reviews"
    at = mails.NOW - timedelta(hours=3)
    cart = Cart.objects.create(
        source="shop",
        number="C",
        restore_url="https://linden.example/cart?c=7",
        opened_at=at,
        last_activity_at=at,
    )
    token = links.cart_token(cart.pk)
    assert opened(found.get(label="Cart"), f"?c={token}") == f"https://linden.example/cart?c=7&{ours}"
