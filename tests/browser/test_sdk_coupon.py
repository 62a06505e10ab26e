"""Our script takes up the coupon that a link has brought into the shop, and hands it to the shop and to nobody else."""

from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from customers.models import ApiKey
from loyalty.coupons import apply_links
from loyalty.coupons.codes import normalise
from tests.browser.shop import Shop, Wire, stored, tell

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = "sessionStorage.getItem('stammkunde-coupon')"


@pytest.fixture
def link() -> str:
    """What our page behind a coupon's link puts behind the #."""
    return apply_links.token("SOMMER20", timezone.now())


@pytest.fixture
def listening(page: Page) -> None:
    """A shop that listens from the beginning on."""
    page.add_init_script(
        "window.heard = []; document.addEventListener('stammkunde:coupon', (e) => heard.push(e.detail.coupon))"
    )


def opened(page: Page, shop: Shop, fragment: str) -> None:
    page.goto("about:blank")
    page.goto(f"{shop.url}/?a=1#{fragment}")
    page.wait_for_function("stammkunde.loaded && document.readyState === 'complete'")


def given(page: Page) -> str:
    found: str = page.evaluate("stammkunde.coupon()")
    return found


@pytest.mark.usefixtures("key", "listening")
def test_before_consent_the_shop_gets_it_and_nothing_is_kept_or_sent(
    page: Page, shop: Shop, wire: Wire, link: str
) -> None:
    opened(page, shop, f"{apply_links.NAME}={quote(link)}")
    assert given(page) == link
    assert apply_links.code(given(page), timezone.now()) == normalise("SOMMER20")
    assert page.evaluate("heard") == [link]
    assert page.url == f"{shop.url}/?a=1", "whoever copies the address copies no coupon"
    page.wait_for_timeout(1200)
    assert wire.requests == []
    assert (stored(page), page.evaluate("sessionStorage.length")) == ({}, 0)
    page.reload()
    page.wait_for_function("stammkunde.loaded")
    assert given(page) == ""


@pytest.mark.usefixtures("listening")
def test_with_consent_it_lasts_for_the_session_and_is_never_sent(
    page: Page, shop: Shop, key: ApiKey, wire: Wire, link: str
) -> None:
    opened(page, shop, f"{apply_links.NAME}={quote(link)}")
    tell(page, "consent", "granted")
    assert page.evaluate(KEPT) == link
    page.reload()
    page.wait_for_function("stammkunde.loaded")
    assert given(page) == link
    assert page.evaluate("heard") == [], "only the page that it came to hears of it"
    page.wait_for_timeout(1200)
    assert wire.requests
    assert link not in str(wire.requests)
    other = page.context.new_page()
    other.goto(shop.url)
    other.wait_for_function("stammkunde.loaded")
    assert given(other) == ""


@pytest.mark.usefixtures("key")
def test_a_no_and_a_sign_out_forget_it(page: Page, shop: Shop, link: str) -> None:
    for forgetting in (["reset"], ["consent", "denied"]):
        opened(page, shop, f"{apply_links.NAME}={quote(link)}")
        tell(page, "consent", "granted")
        assert page.evaluate(KEPT) == link
        tell(page, *forgetting)
        assert page.evaluate(KEPT) is None
        page.reload()
        page.wait_for_function("stammkunde.loaded")
        assert given(page) == ""


@pytest.mark.usefixtures("key", "listening")
def test_what_else_stands_behind_the_sign_stays_there(page: Page, shop: Shop, link: str) -> None:
    opened(page, shop, f"part=2&{apply_links.NAME}={quote(link)}&size=M")
    assert given(page) == link
    assert page.url == f"{shop.url}/?a=1#part=2&size=M"


@pytest.mark.usefixtures("key", "listening")
@pytest.mark.parametrize("text", ["", "%3Cscript%3Ealert(1)%3C/script%3E", "a%20b", "x" * 501])
def test_what_is_no_code_is_left_alone(page: Page, shop: Shop, text: str) -> None:
    opened(page, shop, f"{apply_links.NAME}={text}")
    assert given(page) == ""
    assert page.evaluate("heard") == []
    assert page.url.endswith(f"#{apply_links.NAME}={text}")
