"""What a customer's points and coupons show: in messages, on her page, handed out, and when two become one."""

import pytest

from customers import merging, privacy
from customers.models import Customer
from customers.personalisation import load
from loyalty import books, ledger
from loyalty.bookings import Booking
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import CouponUse
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import orders, points
from tests.loyalty.coupons import code, coupon, wish
from tests.loyalty.points import DAY, NOON
from tests.loyalty.rewards import claim, reward

pytestmark = pytest.mark.django_db
FIELDS = ["points_balance", "points_waiting", "points_expiring", "points_expiry_date"]


def test_a_message_can_say_what_she_has_and_what_ends():
    program, anna, bert = points.program(), points.person(), points.person()
    points.give(program, anna, 1000, "1", ends=NOON + 40 * DAY)
    points.give(program, anna, 240, "2", ends=NOON.replace(hour=23, day=9))
    points.give(program, anna, 85, "3", ready=NOON + DAY)
    values = load(FIELDS, [anna, bert], "de", NOON)
    assert [values[anna][field] for field in FIELDS] == ["1.240", "85", "240", "9. November 2026"]
    assert [values[bert][field] for field in FIELDS] == ["0", "0", "0", ""]


def test_what_a_basket_keeps_is_not_hers_to_spend():
    program, anna = points.program(), points.person()
    points.give(program, anna, 1000, "1", ends=NOON + 40 * DAY)
    points.give(program, anna, 240, "2", ends=NOON.replace(hour=23, day=9))

    def keep(many: int) -> None:
        ledger.hold(program, [Booking(anna, many, "shop", str(many), expires_at=NOON + DAY)], NOON)

    keep(100)
    values = load(FIELDS, [anna], "en", NOON)[anna]
    assert [values[field] for field in FIELDS] == ["1,140", "0", "140", "November 9, 2026"]
    keep(200)
    values = load(FIELDS, [anna], "en", NOON)[anna]
    assert [values[field] for field in FIELDS] == ["940", "0", "0", "December 12, 2026"]
    later = load(FIELDS, [anna], "en", NOON + DAY)[anna]
    assert [later[field] for field in FIELDS] == ["1,240", "0", "240", "November 9, 2026"]


def test_a_message_can_say_what_is_missing_to_the_next_reward():
    program, anna, bert = points.program(), points.person(), points.person()
    mug = reward(program, points=300, per_customer_limit=1, texts={"de": {"name": "Tasse"}})
    reward(program, points=900, name="Messer")
    for gone in (
        {"active": False},
        {"stock": 0},
        {"ends_on": NOON.date() - DAY},
        {"starts_on": NOON.date() + DAY},
    ):
        reward(program, points=260, **gone)
    reward(program, "money", points=260)
    points.give(program, anna, 250)
    fields = ["next_reward", "points_to_next_reward"]
    values = load(fields, [anna, bert], "de", NOON)
    assert [[values[each][field] for field in fields] for each in (anna, bert)] == [
        ["Tasse", "50"],
        ["Tasse", "300"],
    ]
    points.give(program, anna, 50, "2")
    claim(mug, anna)
    points.give(program, anna, 290, "3")
    assert load(fields, [anna], "de", NOON)[anna]["next_reward"] == "Messer"
    points.give(program, anna, 1000, "4")
    assert set(load(fields, [anna], "de", NOON)[anna].values()) == {""}


def test_without_a_programme_there_is_nothing_to_say():
    anna = points.person()
    assert set(load(FIELDS, [anna], "en", NOON)[anna].values()) == {""}


def test_her_page_shows_points_codes_and_what_happened(marketer):
    program, anna = points.program(), orders.buyer()
    points.rule(program, points=1, per=1)
    orders.record("R-77", ("mug", 1, "12"))
    points.give(program, anna.pk, 5, ready=NOON + 4000 * DAY)
    made = code(coupon(), "SOLO10", customer=anna.pk)
    redemptions.redeem(wish(made.text, customer_id=anna.pk), NOON)
    page = marketer.get(f"/customers/{anna.pk}/").content.decode()
    for words in ("Points and coupons", "Treuepunkte", "Waiting for the return window", "SOLO10"):
        assert words in page
    for words in ("12 points earned", "R-77", "Coupon “Herbst” for €5.00"):
        assert words in page


def test_without_points_and_coupons_her_page_says_nothing_of_them(marketer):
    assert "Points and coupons" not in marketer.get(f"/customers/{points.person()}/").content.decode()


def test_merged_customers_have_redeemed_as_often_as_both():
    anna, bert = CustomerFactory(), CustomerFactory()
    text = code(coupon(per_customer_limit=3)).text
    first, second = (wish(text, customer_id=bert.pk) for _ in range(2))
    for each in (wish(text, customer_id=anna.pk), first, second):
        redemptions.redeem(each, NOON)
    redemptions.reverse(first.source, first.reference, NOON)
    own = code(coupon(), customer=anna.pk)
    merging.merge(anna.pk, bert.pk, UserFactory(), NOON)
    assert sorted(CouponUse.objects.values_list("customer", "slot")) == [(bert.pk, 1), (bert.pk, 2)]
    redemptions.redeem(wish(text, customer_id=bert.pk), NOON)
    with pytest.raises(Refused, match="customer_limit"):
        redemptions.redeem(wish(text, customer_id=bert.pk), NOON)
    assert redemptions.redeem(wish(own.text, customer_id=bert.pk), NOON)
    assert all(verdict.green for verdict in books.check(NOON))


def test_her_codes_and_redemptions_are_handed_out():
    anna: Customer = CustomerFactory()
    made = code(coupon(), customer=anna.pk)
    redemptions.redeem(wish(made.text, customer_id=anna.pk), NOON)
    found = {table.key: table.rows for table in privacy.export([anna.pk])[anna.pk]}
    assert [row["text"] for row in found["coupon_codes"]] == [made.text]
    assert [row["amount"] for row in found["redemptions"]] == [500]
