"""Rules that ask whose basket it is, and what every rule says of itself."""

import pytest

from customers.models import SegmentMember
from loyalty.coupon_rules.base import coupon_rules
from loyalty.coupons import offers, redemptions
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.coupons.refusals import Refused
from tests.factories import CustomerFactory, OrderFactory, ProductFactory, SegmentFactory
from tests.loyalty.coupons import basket, code, coupon, rule, wish
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db

EXAMPLES = {
    "brands": {"brands": ["Linden"]},
    "categories": {"categories": ["Home"]},
    "channels": {"channels": ["till", "kiosk"]},
    "first_order": {},
    "minimum_basket": {"amount": 5000},
    "products": {"skus": ["mug", "jar"]},
    "segment": {"segment": 1},
    "stores": {"stores": ["007"]},
    "tiers": {"tiers": ["1"]},
    "weekdays": {"days": ["0", "5"]},
}


def test_every_rule_has_an_example_here():
    assert set(EXAMPLES) == {each.key for each in coupon_rules}


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_rule_says_what_it_asks(key):
    each = coupon_rules[key]
    form = each.Form(EXAMPLES[key])
    assert form.is_valid(), form.errors
    assert each.words(form.cleaned_data, "EUR").startswith(("only ", "from "))


def test_a_channel_may_be_written_as_people_say_it():
    form = coupon_rules["channels"].Form({"channels": ["Kasse", "TILL", "Online-Shop", "Kiosk 7"]})
    assert form.is_valid()
    assert form.plain() == {"channels": ["till", "web", "Kiosk 7"]}


def refusal(text: str, **fields) -> str:
    with pytest.raises(Refused) as refused:
        redemptions.redeem(wish(text, **fields), NOON)
    assert refused.value.sentence
    return refused.value.code


def test_only_members_of_the_segment_redeem():
    segment = SegmentFactory()
    text = code(coupon(rule("segment", segment=segment.pk))).text
    member, other = CustomerFactory(), CustomerFactory()
    SegmentMember.objects.create(segment=segment, customer=member, since=NOON)
    assert refusal(text) == "whose"
    assert refusal(text, customer_id=other.pk) == "segment"
    assert redemptions.redeem(wish(text, customer_id=member.pk), NOON).amount == 500
    segment.delete()
    assert refusal(text, customer_id=member.pk) == "segment"  # closed, and no error at the till


def test_only_the_first_order_even_when_it_was_recorded_meanwhile():
    text = code(coupon(rule("first_order"))).text
    new, old = CustomerFactory(), CustomerFactory()
    OrderFactory(customer=old)
    assert refusal(text) == "whose"
    assert refusal(text, customer_id=old.pk) == "first_order"
    redemptions.reserve(wish(text, "4711", customer_id=new.pk), NOON)
    OrderFactory(customer=new, number="4711")
    assert redemptions.redeem(wish(text, "4711", customer_id=new.pk), NOON).state == "redeemed"


def test_only_lines_of_the_brand_are_discounted():
    text = code(coupon(rule("brands", brands=["Linden"]))).text
    lines = (BasketLine("mug", 1, 1000, brand="LINDEN"), BasketLine("jar", 1, 3000))
    bought = Basket(lines, "EUR", basket().on)
    assert redemptions.redeem(wish(text, basket=bought), NOON).amount == 100


def test_a_line_without_a_brand_has_that_of_its_article(django_assert_num_queries):
    for sku, brand in (("MUG", "Linden"), ("JAR", "Brenntal"), ("CUP", "Linden")):
        ProductFactory(sku=sku, brand=brand)
    given = coupon(rule("brands", brands=["linden"]), rule("brands", brands=["Linden", "Brenntal"])).offer
    lines = (
        BasketLine("mug", 1, 1000),
        BasketLine("jar", 1, 3000),
        BasketLine("CUP", 1, 5000, brand="Velmora"),  # what the basket says counts
        BasketLine("unknown", 1, 7000),
        BasketLine("", 1, 9000),
    )
    with django_assert_num_queries(1):
        assert offers.discount(given, Basket(lines, "EUR", basket().on)) == 100
    with django_assert_num_queries(0), pytest.raises(Refused):
        offers.discount(given, Basket(lines[2:3], "EUR", basket().on))


def test_only_a_rule_that_asks_for_brands_looks_into_the_catalogue(django_assert_num_queries):
    given = coupon(rule("products", skus=["mug"])).offer
    with django_assert_num_queries(0):
        assert offers.discount(given, basket(("mug", 1000))) == 100


def test_a_coupon_of_other_channels_names_them_as_people_do():
    made = coupon(rule("channels", channels=["till", "web", "Kiosk 7"]))
    with pytest.raises(Refused) as refused:
        offers.discount(made.offer, basket(channel="app"))
    assert refused.value.sentence == (
        "This coupon is not valid here: only at the till, in the web shop or Kiosk 7."
    )
