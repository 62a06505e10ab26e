"""Marketing builds a coupon in a hurry, a contest and a referral programme; customers take part by phone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlparse

import pytest
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from customers.models import ApiKey, User
from loyalty import play_links
from loyalty.contests import running
from loyalty.coupons import batches
from loyalty.models import (
    Budget,
    CodeBatch,
    Contest,
    ContestWinner,
    Coupon,
    CouponCode,
    Referral,
    ReferralTerms,
)
from loyalty.referrals import brought, codes
from tests.browser.shop import Shop, tell, token, until
from tests.browser.test_story import DESK, PHONE, fits
from tests.factories import PASSWORD, CustomerFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.referrals import member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def office(page: Page, live_server: Any, settings: Any) -> Page:
    """A marketer at her desk, signed in; what workers do is done by the tests."""
    settings.PUBLIC_URL = live_server.url
    client = Client()
    client.force_login(UserFactory(in_role="marketer", language="en"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return page


def on_the_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    assert fits(page)


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f"[name={name}]").fill(text)


def send(page: Page, button: str) -> None:
    """Until the answer is there: a click alone does not wait for it."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def faults(page: Page) -> dict[str, str]:
    """The sentence at each faulty field, by the field's name."""
    found: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".field-faulty")].map((field) => [
            field.querySelector("[name]").name, field.querySelector(".fault").textContent.trim()]))"""
    )
    return found


def test_a_coupon_in_a_hurry_from_the_builder_to_a_file_of_codes(
    office: Page, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.views.batches.make_codes.delay", lambda batch_id: None)
    office.goto(f"{live_server.url}/budgets/new/")
    fill(office, name="Autumn", cap="5OO")
    send(office, "Save")
    assert faults(office).keys() == {"cap"}
    fill(office, cap="500")
    send(office, "Save")
    budget = Budget.objects.get()
    assert budget.cap == 50_000

    office.goto(f"{live_server.url}/coupons/new/")
    fill(office, name="Ten off", percent="1O", starts_on="2026-12-24", ends_on="2026-12-01", total_limit="-5")
    office.get_by_label("a code for each").check()
    office.locator("[name=budget]").select_option(label="Autumn")
    send(office, "Save coupon")
    assert faults(office).keys() == {"percent", "ends_on", "total_limit"}
    assert faults(office)["ends_on"] == "The last day lies before the first. Enter a later one."
    assert not Coupon.objects.exists()
    assert fits(office)
    fill(office, percent="10", ends_on="2026-12-31", total_limit="50")
    send(office, "Save coupon")
    expect(office.get_by_role("heading", name="Ten off", level=1)).to_be_visible()

    office.get_by_role("link", name="Order codes").first.click()
    fill(office, count="1000000000", begins="too-long-for-this")
    send(office, "Make codes")
    assert faults(office).keys() == {"count", "begins"}
    fill(office, count="25", begins="autumn")
    send(office, "Make codes")
    expect(office.get_by_role("heading", name="Making codes of “Ten off”")).to_be_visible()
    batches.make(CodeBatch.objects.get().pk, timezone.now())
    office.get_by_role("link", name="Export").click()
    with office.expect_download() as download:
        office.get_by_role("button", name="Export as CSV", exact=True).click()
    rows = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(rows) == 26
    assert all(row.startswith("AVTV") for row in rows[1:]), "U is V: they look alike"
    assert CouponCode.objects.filter(state="issued").count() == 25

    office.goto(f"{live_server.url}/budgets/{budget.pk}/")
    expect(office.get_by_text("Ten off")).to_be_visible()
    expect(office.get_by_text("€500.00").first).to_be_visible()
    on_the_phone(office)


def test_a_contest_from_the_builder_to_the_published_draw(office: Page, live_server: Any) -> None:
    today = timezone.localdate().isoformat()
    office.goto(f"{live_server.url}/contests/new/")
    fill(office, name="Winter riddle", key="Winter Riddle!", starts_on=today, ends_on=today, count_1="1")
    send(office, "Save draft")
    assert faults(office).keys() == {"key", "prize_1"}
    fill(office, key="winter", prize_1="Bicycle", title_en="The riddle", conditions_en="One entry each.")
    office.locator("[name=way][value=form]").check()
    send(office, "Save draft")
    office.get_by_role("link", name="Start the contest").click()
    office.get_by_role("dialog").get_by_role("button", name="Start the contest").click()
    seal = office.locator("code.play-hash")
    expect(seal).to_have_count(1)
    contest = Contest.objects.get()
    assert seal.inner_text() == contest.commitment

    anna, ben = CustomerFactory(language="en"), CustomerFactory(language="en")
    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for person in (anna, ben):
        office.goto(play_links.contest_page(contest.pk, person.pk))
        assert fits(office)
        office.get_by_role("button", name="Take part").click()
        expect(office.get_by_role("status")).to_contain_text("You are in.")
        assert contest.commitment in office.content(), "sealed before the first entry"
        assert contest.seed not in office.content()
    running.close(timezone.now() + timedelta(days=2))

    office.goto(f"{live_server.url}/contests/{contest.pk}/")
    assert fits(office)
    office.get_by_role("link", name="Draw the winners").click()
    office.get_by_role("dialog").get_by_role("button", name="Draw").click()
    winner = ContestWinner.objects.get()
    expect(office.locator(".play-winners")).to_contain_text("Bicycle")
    office.goto(play_links.contest_page(contest.pk, winner.customer_id or 0))
    expect(office.get_by_role("status")).to_contain_text("You have won!")
    expect(office.locator(".play-drawn li")).to_have_count(1)
    assert contest.seed in office.content(), "published: anybody can do the draw again"
    assert fits(office)


def test_a_friend_comes_by_a_link_and_stands_in_the_list(
    office: Page, live_server: Any, shop: Shop, key: ApiKey
) -> None:
    points.program()
    berta = member()
    office.goto(f"{live_server.url}/loyalty/referrals/rules/edit/")
    office.get_by_label("Switched on").check()
    fill(office, giver_points="500", welcome_points="", return_days="-1")
    send(office, "Save as the next version")
    assert faults(office).keys() == {"welcome_points", "return_days"}
    fill(office, welcome_points="200", return_days="14")
    send(office, "Save as the next version")
    expect(office.get_by_text("Version 1 holds")).to_be_visible()
    assert ReferralTerms.objects.get().welcome_points == 200

    office.set_viewport_size(PHONE)  # type: ignore[arg-type]
    office.goto(codes.link(codes.of([berta.pk], timezone.now())[berta.pk]))
    expect(office.get_by_text("200 points")).to_be_visible()
    assert fits(office)
    office.locator(f"a[href^='{shop.url}']").click()
    assert urlparse(office.url).netloc == urlparse(shop.url).netloc
    tell(office, "consent", "granted")
    tell(office, "identify", token(key, "N1"))
    until(office, lambda: brought.sweep(timezone.now()))
    nina = Referral.objects.get().recommended

    office.goto(f"{live_server.url}/loyalty/referrals/")
    assert fits(office)
    row = office.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(str(berta))
    expect(row).to_contain_text("waits for the order")
    expect(office.locator(".figure").first).to_contain_text("1")
    office.goto(f"{live_server.url}/customers/{nina.pk}/?kind=referrals")
    expect(office.get_by_role("link", name=f"Recommended by {berta}")).to_be_visible()


def test_what_was_entered_in_a_builder_outlives_the_page(office: Page, live_server: Any) -> None:
    """She is called away in the middle of a coupon; back again, everything stands there, and is saved once."""
    address = f"{live_server.url}/coupons/new/"
    office.goto(address)
    fill(office, name="Herbst", percent="10", code="HERBST10")
    office.get_by_label("Least amount of the basket").check()
    fill(office, **{"rule_minimum_basket-amount": "50"})
    office.goto(f"{live_server.url}/coupons/")  # at once: not a moment to keep it in
    office.goto(address)
    expect(office.get_by_text("not saved yet.")).to_be_visible()
    expect(office.locator("[name=percent]")).to_have_value("10")
    expect(office.get_by_label("Least amount of the basket")).to_be_checked()
    expect(office.locator("#coupon-words")).to_contain_text("10% off, from €50.00")
    fill(office, percent="15")
    expect(office.get_by_text("draft kept")).to_be_visible()
    on_the_phone(office)
    expect(office.locator("[name=percent]")).to_have_value("15")
    send(office, "Save coupon")
    assert Coupon.objects.get().offer.percent == 15
    office.goto(address)
    expect(office.locator("[name=name]")).to_have_value("")


def test_who_was_signed_out_meanwhile_is_told_and_loses_nothing(office: Page, live_server: Any) -> None:
    office.goto(f"{live_server.url}/sales/new/")
    office.context.clear_cookies(name="sessionid")
    fill(office, name="Linden am Abend")
    expect(office.get_by_text("you are signed out")).to_be_visible()
    other = office.context.new_page()
    other.goto(live_server.url)
    fill(other, username=User.objects.get().email, password=PASSWORD)
    send(other, "Sign in")
    fill(office, key="abend")
    expect(office.get_by_text("draft kept")).to_be_visible()
    office.reload()
    expect(office.locator("[name=name]")).to_have_value("Linden am Abend")
    fill(office, key="nacht")  # and at once, before that is kept:
    send(office, "Throw away")
    expect(office.locator("[name=name]")).to_have_value("")
    office.reload()
    expect(office.locator("[name=name]")).to_have_value("")


def test_a_hurried_second_click_sends_nothing_twice_and_a_fault_far_below_is_in_sight(
    office: Page, live_server: Any
) -> None:
    office.goto(f"{live_server.url}/budgets/new/")
    fill(office, name="Herbst", cap="500", currency="EUR")
    with office.expect_navigation():
        office.get_by_role("button", name="Save", exact=True).dblclick()
    until(office, lambda: Budget.objects.exists())
    assert Budget.objects.count() == 1

    office.goto(f"{live_server.url}/coupons/new/")
    fill(office, name="Herbst", percent="10", code="HERBST10", starts_on="2026-12-10", ends_on="2026-12-01")
    send(office, "Save coupon")
    expect(office.locator("[name=ends_on]")).to_be_focused()
    expect(office.locator("[name=ends_on]")).to_be_in_viewport()
