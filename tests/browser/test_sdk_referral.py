"""Our script in a shop's pages hands a friend's referral over by itself, and keeps nothing of it without consent."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from customers.models import ApiKey, Customer, IngestCount, Visitor
from loyalty.models import BroughtLink, Referral
from loyalty.referrals import brought, codes
from tests.browser.shop import Shop, Wire, stored, tell, token, until
from tests.loyalty import points
from tests.loyalty.referrals import member, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def friend() -> Customer:
    publish(points.program())
    return member()


def link(shop: Shop, of: Customer) -> str:
    """The shop's address as our page behind a member's link leads to it."""
    at = timezone.now()
    return f"{shop.url}/#{codes.NAME}={quote(codes.token(codes.of([of.pk], at)[of.pk].text, timedelta(days=30), at))}"


def test_a_referral_is_kept_with_consent_and_handed_over_at_the_sign_in(
    page: Page, shop: Shop, key: ApiKey, wire: Wire, friend: Customer
) -> None:
    page.goto(link(shop, friend))
    tell(page, "page")
    assert stored(page) == {}
    tell(page, "consent", "granted")
    assert stored(page)["stammkunde"]["referral"]
    until(page, Visitor.objects.exists)
    assert [m for batch in wire.requests for m in batch if "referral" in str(m)] == [], (
        "not before she is known"
    )

    page.goto(shop.url)  # another page, without the link
    tell(page, "identify", token(key, "N1"))
    until(page, BroughtLink.objects.exists)
    until(page, lambda: "referral" not in stored(page)["stammkunde"])
    assert brought.sweep(timezone.now()) == 1
    made = Referral.objects.get()
    assert (made.referrer, made.recommended.identities.get().number) == (friend, "N1")
    assert (made.source, made.state) == ("link", "claimed")


def test_without_consent_nothing_of_a_referral_is_kept(
    page: Page, shop: Shop, key: ApiKey, wire: Wire, friend: Customer
) -> None:
    page.goto(link(shop, friend))
    page.wait_for_timeout(300)
    assert stored(page) == {}
    tell(page, "consent", "denied")
    assert stored(page) == {"stammkunde": {"consent": "denied"}}
    tell(page, "identify", token(key, "N1"))
    page.wait_for_timeout(1500)
    assert wire.requests == []
    page.goto(f"{shop.url}/plain")
    page.goto(link(shop, friend))
    assert stored(page) == {"stammkunde": {"consent": "denied"}}


def test_a_no_and_a_sign_out_forget_a_referral(page: Page, shop: Shop, key: ApiKey, friend: Customer) -> None:
    for forgetting in (["reset"], ["consent", "denied"]):
        page.goto(f"{shop.url}/plain")
        page.goto(link(shop, friend))
        tell(page, "consent", "granted")
        assert "referral" in stored(page)["stammkunde"]
        tell(page, *forgetting)
        assert "referral" not in stored(page)["stammkunde"]


def test_who_signs_in_first_after_somebody_else_brings_it_along(
    page: Page, shop: Shop, key: ApiKey, friend: Customer
) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "identify", token(key, "OLD"))
    until(page, lambda: "said" in stored(page)["stammkunde"])
    page.goto(f"{shop.url}/plain")
    page.goto(link(shop, friend))
    tell(page, "identify", token(key, "NEW", -1))
    until(page, lambda: IngestCount.objects.filter(fate="unproven").exists())
    assert "referral" in stored(page)["stammkunde"], "whom the server does not believe hands nothing over"
    tell(page, "identify", token(key, "NEW"))
    until(page, BroughtLink.objects.exists)
    assert BroughtLink.objects.get().customer.identities.get().number == "NEW"


def test_what_only_looks_like_a_referral_is_not_kept(page: Page, shop: Shop, key: ApiKey) -> None:
    page.goto(f"{shop.url}/#{codes.NAME}={'x' * 5000}")
    tell(page, "consent", "granted")
    assert "referral" not in stored(page)["stammkunde"]
