"""Our script in the pages of a shop on another address: consent, snippet, policy, and who somebody is."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from customers.models import ApiKey, Cart, Customer, Event, Favourite, IngestCount, Order, Visitor
from tests.browser.shop import Shop, Wire, snippet, stored, tell, token, until, waiting
from tests.customers.door import made, post
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MUG = {"sku": "MUG", "quantity": 2}
# Held on the way, the script comes late: the page's calls are there first.
SCRIPT = "**/static/sdk/stammkunde.js"


def said(page: Page) -> list[str]:
    """What the page's console says from now on, and what goes wrong in its scripts."""
    words: list[str] = []
    page.on("console", lambda message: words.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: words.append(f"fault: {error}"))
    return words


def kinds() -> list[str]:
    return sorted(Event.objects.values_list("kind", flat=True))


def count(fate: str) -> int:
    return sum(IngestCount.objects.filter(fate=fate).values_list("count", flat=True))


def test_nothing_is_kept_or_sent_before_consent(
    page: Page, shop: Shop, key: ApiKey, wire: Wire, context: BrowserContext
) -> None:
    page.goto(shop.url)
    tell(page, "product.viewed", {"sku": "MUG"})
    page.wait_for_timeout(1500)
    assert wire.requests == []
    assert stored(page) == {}
    assert page.evaluate("[sessionStorage.length, document.cookie]") == [0, ""]
    assert context.cookies() == []

    tell(page, "consent", "granted")
    until(page, lambda: kinds() == ["page", "view"])
    assert context.cookies() == []
    visitor = stored(page)["stammkunde"]["id"]
    assert Visitor.objects.get().anonymous_id == visitor
    page.reload()
    until(page, lambda: kinds() == ["page", "page", "view"])
    assert Visitor.objects.count() == 1, "her yes and her id are remembered"


def test_a_no_clears_what_was_kept_and_ends_it(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    until(page, lambda: kinds() == ["page"])
    visitor = stored(page)["stammkunde"]["id"]
    page.context.set_offline(True)
    tell(page, "cart.add", MUG)
    assert len(waiting(page)) == 1
    tell(page, "consent", "denied")
    assert stored(page) == {"stammkunde": {"consent": "denied"}}
    page.context.set_offline(False)
    sent = len(wire.requests)
    tell(page, "cart.add", MUG)
    page.reload()
    tell(page, "cart.add", MUG)
    page.wait_for_timeout(1500)
    assert len(wire.requests) == sent, "a no is remembered"
    tell(page, "consent", "granted")
    tell(page, "page", "after")
    until(page, lambda: Visitor.objects.count() == 2)
    assert stored(page)["stammkunde"]["id"] != visitor
    assert kinds() == ["page", "page"]


def test_calls_before_the_script_are_played_when_it_comes(page: Page, shop: Shop, key: ApiKey) -> None:
    late: list[Route] = []
    page.route(SCRIPT, lambda route: late.append(route))
    page.goto(shop.url, wait_until="commit")
    page.wait_for_function("!!window.stammkunde")
    tell(page, "consent", "granted")
    tell(page, "track", "Products Searched", {"query": "mug"})
    assert page.evaluate("stammkunde.loaded") is None
    assert stored(page) == {}
    late[0].continue_()
    until(page, lambda: kinds() == ["page", "search"])
    assert Event.objects.get(kind="search").name == "mug"


def test_each_helper_says_what_the_server_understands(page: Page, shop: Shop, key: ApiKey) -> None:
    page.goto(f"{shop.url}?reset=secret#part")
    tell(page, "consent", "granted")
    tell(page, "product.viewed", {"sku": "MUG"})
    tell(page, "cart.add", MUG)
    tell(page, "cart.viewed", [{"sku": "MUG", "quantity": 5}])
    tell(page, "cart.remove", MUG)
    tell(page, "wishlist.add", {"sku": "MUG"})
    until(page, lambda: Event.objects.count() == 6)
    assert kinds() == ["cart", "cart_add", "cart_remove", "favourite", "page", "view"]
    assert (Cart.objects.get().items, Cart.objects.get().value) == (3, 3 * 450)
    assert Favourite.objects.get().removed_at is None
    assert Event.objects.get(kind="page").properties == {
        "path": "/",
        "url": f"{shop.url}/",
        "title": "Mug",
        "referrer": "",
    }, "what follows ? and # may be a secret"
    tell(page, "wishlist.remove", {"sku": "MUG"})
    until(page, lambda: Favourite.objects.get().removed_at)


def test_a_signed_token_makes_her_past_hers(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "product.viewed", {"sku": "MUG"})
    tell(page, "cart.add", MUG)
    until(page, lambda: Event.objects.count() == 3)
    assert not Customer.objects.exists()
    tell(page, "identify", token(key, "Kä-1"), {"language": "en", "size": "M"})
    until(page, lambda: Visitor.objects.exclude(customer=None).exists())
    anna = Customer.objects.get()
    assert anna.identities.get().number == "Kä-1"
    assert (anna.language, anna.attributes) == ("en", {"size": "M"})
    assert set(Event.objects.values_list("customer_id", flat=True)) == {anna.pk}
    assert Cart.objects.get().customer_id == anna.pk

    until(page, lambda: "said" in stored(page)["stammkunde"])
    heard = len(wire.requests)
    page.reload()
    tell(page, "identify", token(key, "Kä-1"), {"language": "en", "size": "M"})
    until(page, lambda: Event.objects.filter(kind="page").count() == 2)
    assert [message["type"] for batch in wire.requests[heard:] for message in batch] == ["page"], (
        "said before"
    )


def test_another_identity_is_another_visitor(page: Page, shop: Shop, key: ApiKey) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "identify", token(key, "K1"))
    tell(page, "identify", token(key, "K2"))
    tell(page, "cart.add", MUG)
    until(page, lambda: Visitor.objects.exclude(customer=None).count() == 2)
    numbers = {
        v.customer.identities.get().number: v.anonymous_id for v in Visitor.objects.all() if v.customer
    }
    assert set(numbers) == {"K1", "K2"}
    assert numbers["K2"] == stored(page)["stammkunde"]["id"]
    until(page, Cart.objects.exists)
    owner = Cart.objects.get().customer
    assert owner is not None
    assert owner.identities.get().number == "K2"
    assert count("other_owner") == 0


def test_signing_out_begins_a_new_visitor(page: Page, shop: Shop, key: ApiKey) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "identify", token(key, "K1"))
    tell(page, "reset")
    tell(page, "product.viewed", {"sku": "MUG"})
    until(page, lambda: kinds() == ["page", "view"])
    view = Event.objects.get(kind="view")
    assert view.customer_id is None
    assert Visitor.objects.get(pk=view.visitor_id).customer is None
    assert Visitor.objects.exclude(customer=None).count() == 1


@pytest.mark.parametrize("kind", ["number", "foreign", "expired"])
def test_without_a_proof_nobody_is_believed(page: Page, shop: Shop, key: ApiKey, kind: str) -> None:
    words = said(page)
    page.goto(shop.url)
    tell(page, "consent", "granted")
    proof = {"number": "K1", "foreign": token(ApiKey(pk=0), "K1"), "expired": token(key, "K1", -1)}[kind]
    tell(page, "identify", proof, {"language": "en"})
    until(page, lambda: count("unproven") == 1)
    until(page, lambda: not waiting(page))
    assert words == [
        "warning: stammkunde: identify is refused: identify needs context.token, signed by the shop's server."
    ]
    assert not Customer.objects.exists()
    assert "said" not in stored(page)["stammkunde"]


def test_the_visitors_id_makes_a_guest_order_hers_later(page: Page, shop: Shop, key: ApiKey) -> None:
    page.goto(shop.url)
    page.evaluate("stammkunde('visitor', (id) => { window.told = id; })")
    assert page.evaluate("window.told") is None
    tell(page, "consent", "granted")
    until(page, Visitor.objects.exists)
    told = page.evaluate("window.told")
    assert told == Visitor.objects.get().anonymous_id
    _server, secret = made(UserFactory())
    order = {"event": "Order Completed", "anonymousId": told, "properties": {"order_id": "1", "total": 9}}
    assert post(secret, "track", order).status_code == 200
    until(page, lambda: Order.objects.filter(customer=None).exists())
    tell(page, "identify", token(key, "K1"))
    until(page, lambda: Order.objects.filter(customer__identities__number="K1").exists())


def test_it_works_under_a_strict_policy(page: Page, shop: Shop, key: ApiKey, live_server: Any) -> None:
    lines = snippet(key, live_server.url)
    shop.policy = f"default-src 'none'; {lines.policy}"
    shop.pages["/stammkunde-start.js"] = lines.start
    shop.page("/", lines.load)
    words = said(page)
    page.goto(shop.url)
    page.wait_for_function("stammkunde.loaded")
    tell(page, "consent", "granted")
    tell(page, "identify", token(key, "K1"))
    until(page, lambda: Visitor.objects.exclude(customer=None).exists())
    assert kinds() == ["page"]
    assert words == []


def test_it_is_never_the_shops_trouble(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    words = said(page)
    page.goto(shop.url)
    page.evaluate(
        """() => {
            const knot = {}; knot.knot = knot;
            stammkunde("consent", "granted");
            stammkunde("track", "Product Viewed", knot);
            stammkunde("no such call");
            stammkunde("consent", "perhaps");
            stammkunde("track", "Product Viewed", { sku: "MUG", text: "x".repeat(40000) });
        }"""
    )
    until(page, lambda: kinds() == ["page"])
    assert [word.partition(": stammkunde: ")[0] for word in words] == ["warning"] * 4


def test_a_browser_without_storage_tells_nothing(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    words = said(page)
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "cart.add", MUG)
    page.wait_for_timeout(1500)
    assert wire.requests == []
    assert ["fault" in word for word in words] == [False]
