"""What a customer was given stands in her timeline: codes with their end and by what, gift cards, and her tiers."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers import timeline
from customers.models import Customer, Shop
from customers.timeline import EVERYTHING, About, Behind
from loyalty import tiers
from loyalty.coupons import issuing
from loyalty.customer_panels.given import Codes, GiftCards
from loyalty.customer_panels.tiers import Tiers, TierWarnings
from loyalty.models import CouponCode, GiftCard
from loyalty.till import goodwill
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import gift_cards, ladders, tills
from tests.loyalty.coupons import code, coupon
from tests.loyalty.points import NOON
from tests.loyalty.rewards import pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    return tills.shopper(StoreFactory())


def entries(kind: timeline.Kind, of: Customer, behind: Behind = EVERYTHING, limit: int = 30) -> list[Any]:
    about = About(of, UserFactory(in_role="administrator"), Shop.current())
    return kind.entries(about, behind, limit)


def test_a_code_says_its_coupon_its_last_day_and_by_what_she_got_it(anna: Customer) -> None:
    pooled = pool(6)
    keys = ["api/1", "reward-1", "tier-1-2026", "referral-giver-1", "spring"]
    for hour, key in enumerate(keys):
        issuing.issue(pooled, [anna.pk], key, NOON + timedelta(hours=hour))
    CouponCode.objects.filter(issue__startswith="spring").update(valid_until=NOON + timedelta(days=3))
    found = entries(Codes(), anna)
    assert [each.sentence for each in found[:2]] == [
        "Got the coupon “Herbst”, valid until 5 Nov 2026",
        "Got the coupon “Herbst”",
    ]
    ways = [each.detail.partition(" · ")[2] for each in found]
    assert ways == ["", "for a recommendation", "for a tier", "for points", "by the API"]


def test_goodwill_says_its_reason_and_what_was_made_void_says_so(anna: Customer) -> None:
    store, mara = tills.somewhere()
    issue = goodwill.give(tills.wish(store, customer=anna), mara, timezone.now())
    [given] = entries(Codes(), anna)
    assert given.detail == f"{issue.code.label} · as goodwill: Something broke"
    assert given.badge == ""
    goodwill.undo(issue, mara, timezone.now())
    assert entries(Codes(), anna)[0].badge == "void"


def test_what_waits_for_a_message_or_is_of_somebody_else_is_not_hers(anna: Customer) -> None:
    reserved = code(coupon(), customer=anna.pk, state="reserved", issued_at=None)
    code(coupon(), customer=tills.shopper(StoreFactory()).pk)
    assert entries(Codes(), anna) == []
    CouponCode.objects.filter(pk=reserved.pk).update(state="issued", issued_at=NOON)
    assert len(entries(Codes(), anna)) == 1


def test_a_gift_card_that_was_issued_to_her(anna: Customer) -> None:
    card, _text = gift_cards.issued(5000)
    assert entries(GiftCards(), anna) == []
    GiftCard.objects.filter(pk=card.pk).update(customer=anna)
    [given] = entries(GiftCards(), anna)
    assert str(given.sentence).startswith(f"Got the gift card …{card.last4}, valid until ")
    assert (given.detail, given.url) == ("€50.00 left", reverse("gift_card", args=[card.pk]))


def test_a_tier_that_began_and_one_that_fell_but_none_that_was_kept(anna: Customer) -> None:
    programme = ladders.ladder()
    ladders.collect(programme, anna.pk, 120, "1")
    assert [each.sentence for each in entries(Tiers(), anna)] == ["Tier “Silver”, until 31 Dec 2027"]
    ladders.collect(programme, anna.pk, 100, "2", ladders.NEW_YEAR_28 - timedelta(days=9))
    ladders.tiers.end_periods(ladders.NEW_YEAR_28)
    ladders.tiers.end_periods(ladders.NEW_YEAR_29)
    assert [each[1] for each in ladders.history(programme, anna.pk)] == ["reached", "kept", "fell"]
    told = entries(Tiers(), anna)
    assert [(each.sentence, each.badge) for each in told] == [
        ("No tier any more", "fell"),
        ("Tier “Silver”, until 31 Dec 2027", "reached"),
    ]


@pytest.mark.parametrize("kind", [Codes, GiftCards, Tiers])
def test_each_kind_is_one_query_however_much_there_is_and_goes_on_page_by_page(
    anna: Customer, kind: Any
) -> None:
    store, mara = tills.somewhere()
    programme = ladders.ladder()
    for number, count in enumerate((100, 400, 500)):
        goodwill.give(tills.wish(store, customer=anna), mara, timezone.now())
        card, _text = gift_cards.issued(5000)
        GiftCard.objects.filter(pk=card.pk).update(customer=anna)
        ladders.collect(programme, anna.pk, count, str(number), ladders.MAY + timedelta(days=number))
    about = About(anna, UserFactory(in_role="administrator"), Shop.current())
    with CaptureQueriesContext(connection) as asked:
        first = kind().entries(about, EVERYTHING, 2)
    assert (len(asked), len(first)) == (1, 2)
    rest = kind().entries(about, Behind(first[-1].at, first[-1].id), 2)
    assert len(rest) == 1
    assert rest[0].id not in {each.id for each in first}


def test_her_page_lists_the_kinds_and_shows_one_alone(anna: Customer, administrator: Client) -> None:
    ladders.collect(ladders.ladder(), anna.pk, 120, "1")
    issuing.issue(pool(1), [anna.pk], "api/1", NOON)
    page = reverse("customer", args=[anna.pk])
    shown = administrator.get(page).content.decode()
    for key in ("codes", "tiers", "gift_cards"):
        assert f"kind={key}" in shown
    alone = administrator.get(page, {"kind": "codes"}).content.decode()
    assert "Got the coupon “Herbst”" in alone
    assert "Tier “Silver”" not in alone


def test_an_announced_fall_says_until_when_and_what_was_missing(anna: Customer) -> None:
    programme = ladders.ladder()
    ladders.collect(programme, anna.pk, 120, "a")
    tiers.announce(ladders.NEW_YEAR_28 - timedelta(days=200))
    assert entries(TierWarnings(), anna) == []
    tiers.announce(ladders.NEW_YEAR_28 - timedelta(days=10))
    [entry] = entries(TierWarnings(), anna)
    assert entry.sentence == "The tier “Silver” will be lost after 31 Dec 2027"
    assert (entry.detail, entry.badge) == ("100 points were missing then", "announced")
    assert entry.at == ladders.NEW_YEAR_28 - timedelta(days=10)
