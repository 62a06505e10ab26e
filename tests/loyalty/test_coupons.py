"""A code is found however it is typed, checked against the basket, reserved, redeemed, released and rolled back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from loyalty import books
from loyalty.coupons import issuing, offers, quotes, redemptions, windows
from loyalty.coupons.redemptions import OtherRedemption
from loyalty.coupons.refusals import SENTENCES, Refused
from loyalty.models import Budget, Coupon, CouponCode, CouponUse, Redemption
from loyalty.signals import coupons_redeemed
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty.coupons import basket, code, coupon, rule, wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def refusal(made, at=NOON) -> str:
    with pytest.raises(Refused) as refused:
        redemptions.redeem(made, at)
    return refused.value.code


@pytest.mark.parametrize(
    "typed", ["SOMMER20", "sommer20", " Sommer-20 ", "5OMMER2O", "s o m m e r 2 0", "ＳＯＭＭＥＲ２０"]
)
def test_a_code_is_found_as_a_hurried_cashier_types_it(typed):
    code(coupon(), "SOMMER20")
    assert redemptions.redeem(wish(typed), NOON).amount == 500


@pytest.mark.parametrize("typed", ["NOSUCHCODE", "", "  ", "💥", "a" * 5000, "'; DROP TABLE", "\x00"])
def test_unknown_and_malformed_codes_get_one_answer(typed, django_assert_num_queries):
    with django_assert_num_queries(4), pytest.raises(Refused) as refused:  # savepoint, code, back
        redemptions.redeem(wish(typed), NOON)
    assert refused.value.code == "unknown"
    assert refused.value.sentence == refused.value.for_everybody().sentence


def test_two_codes_that_look_alike_are_one():
    code(coupon(), "SOLO1")
    with pytest.raises(Refused):
        issuing.publish(coupon(), "5O1O1", NOON)
    with pytest.raises(Refused):
        issuing.publish(coupon(), "%%", NOON)


def test_nobody_outside_learns_why_a_code_is_refused():
    text = code(coupon(active=False)).text
    with pytest.raises(Refused) as refused:
        redemptions.redeem(wish(text), NOON)
    assert refused.value.code == "paused"
    assert refused.value.for_everybody().sentence == str(SENTENCES["unknown"])


def test_the_till_hears_what_is_missing():
    made = code(coupon(rule("minimum_basket", amount=5000)))
    with pytest.raises(Refused) as refused:
        redemptions.redeem(wish(made.text, basket=basket(("mug", 4580))), NOON)
    assert refused.value.sentence == "€4.20 below the minimum of €50.00."


@pytest.mark.parametrize(
    ("offer", "lines", "expected"),
    [
        ({"percent": "12.50"}, [("mug", 999)], 125),
        ({"percent": 10, "most": 300}, [("mug", 5000)], 300),
        ({"percent": None, "amount": 1000}, [("mug", 5000)], 1000),
        ({"percent": None, "amount": 1000}, [("mug", 700)], 700),
    ],
)
def test_what_an_offer_takes_off(offer, lines, expected):
    made = coupon(offer=offer)
    made.refresh_from_db()
    made.offer.refresh_from_db()
    assert offers.discount(made.offer, basket(*lines)) == expected


def test_only_what_the_rules_cover_is_discounted():
    made = coupon(rule("categories", categories=["Home"]), rule("products", skus=["mug", "bowl"]))
    lines = [("mug", 1000, "Home/Kitchen"), ("jar", 1000, "Home"), ("bowl", 1000, "Garden")]
    assert redemptions.redeem(wish(code(made).text, basket=basket(*lines)), NOON).amount == 100


@pytest.mark.parametrize(
    ("asked", "reason", "good"),
    [
        (rule("stores", stores=["007"]), "store", {"store": "007"}),
        (rule("channels", channels=["till"]), "channel", {"channel": "till"}),
        (rule("weekdays", days=["6"]), "weekday", {"on": date(2026, 11, 8)}),
        (rule("products", skus=["jar"]), "nothing_covered", None),
    ],
)
def test_a_basket_in_the_wrong_place_is_refused(asked, reason, good):
    text = code(coupon(asked)).text
    assert refusal(wish(text)) == reason
    if good is not None:
        assert redemptions.redeem(wish(text, basket=basket(**good)), NOON).amount == 500


def test_another_currency_is_refused_and_a_damaged_rule_gives_nothing_away():
    assert refusal(wish(code(coupon()).text, basket=basket(currency="CHF"))) == "currency"
    damaged = code(coupon(rule("minimum_basket", amount="many")))
    with pytest.raises(ValueError, match="minimum_basket"):
        redemptions.redeem(wish(damaged.text), NOON)
    assert not Redemption.objects.exists()


def test_the_total_limit_holds():
    made = coupon(total_limit=2)
    text = code(made).text
    assert [redemptions.redeem(wish(text), NOON).state for _ in range(2)] == ["redeemed"] * 2
    assert refusal(wish(text)) == "limit"
    made.refresh_from_db()
    assert made.used == 2


def test_a_single_code_works_once_and_again_after_its_order_was_cancelled():
    text = code(coupon(single_use=True)).text
    first = wish(text)
    redemptions.redeem(first, NOON)
    assert refusal(wish(text)) == "used"
    assert redemptions.reverse(first.source, first.reference, NOON)
    assert not redemptions.reverse(first.source, first.reference, NOON)
    assert redemptions.redeem(wish(text), NOON).state == "redeemed"


def test_a_guest_redeems_as_often_as_her_mailbox_may():
    """Each order of a guest may come with a number of its own; later she signs up with the same address."""
    emails = ("a@b.example", "A@B.example", "a@B.example")
    guest, again, member = (CustomerFactory(email=email).pk for email in emails)
    text = code(coupon(per_customer_limit=2)).text
    first = wish(text, customer_id=guest)
    redemptions.redeem(first, NOON)
    redemptions.redeem(wish(text, customer_id=again), NOON)
    for customer in (guest, again, member):
        asked = wish(text, customer_id=customer)
        assert refusal(asked) == "customer_limit"
        with pytest.raises(Refused, match="customer_limit"):
            quotes.quote(asked, NOON)
    redemptions.reverse(first.source, first.reference, NOON)
    redemptions.redeem(wish(text, customer_id=member), NOON)
    assert refusal(wish(text, customer_id=guest)) == "customer_limit"


def test_without_a_mailbox_nobody_counts_for_somebody_else():
    text = code(coupon(per_customer_limit=1)).text
    for _customer in range(2):
        redemptions.redeem(wish(text, customer_id=CustomerFactory(email="").pk), NOON)


def test_two_who_share_a_mailbox_redeem_each_a_code_of_her_own():
    made = coupon(per_customer_limit=1)
    for _customer in range(2):
        anna = CustomerFactory(email="a@b.example")
        redemptions.redeem(wish(code(made, customer=anna).text, customer_id=anna.pk), NOON)


def test_a_customer_redeems_as_often_as_she_may():
    anna, bert = CustomerFactory().pk, CustomerFactory().pk
    text = code(coupon(per_customer_limit=2)).text
    assert refusal(wish(text)) == "customer_needed"
    first = wish(text, customer_id=anna)
    redemptions.redeem(first, NOON)
    redemptions.redeem(wish(text, customer_id=anna), NOON)
    assert refusal(wish(text, customer_id=anna)) == "customer_limit"
    redemptions.redeem(wish(text, customer_id=bert), NOON)
    redemptions.reverse(first.source, first.reference, NOON)
    redemptions.redeem(wish(text, customer_id=anna), NOON)
    assert CouponUse.objects.count() == 3


def test_a_budget_is_never_passed_and_gets_back_what_was_reserved_too_much():
    budget = Budget.objects.create(name="Herbst", currency="EUR", cap=900)
    text = code(coupon(budget=budget)).text
    reserved = wish(text, "A")
    redemptions.reserve(reserved, NOON)
    assert refusal(wish(text)) == "budget"
    real = wish(text, "A", basket=basket(("mug", 3000)))
    assert redemptions.redeem(real, NOON).amount == 300
    budget.refresh_from_db()
    assert budget.used == 300
    redemptions.redeem(wish(text), NOON)
    redemptions.reverse(reserved.source, reserved.reference, NOON)
    budget.refresh_from_db()
    assert budget.used == 500


def test_a_reserved_code_belongs_to_its_order():
    text = code(coupon(single_use=True)).text
    redemptions.reserve(wish(text, "A"), NOON)
    assert refusal(wish(text, "B")) == "used"
    assert redemptions.redeem(wish(text, "A"), NOON).state == "redeemed"
    assert refusal(wish(text, "A")) == "same_order"
    assert Redemption.objects.count() == 1


def test_a_released_or_forgotten_reservation_frees_the_code():
    text = code(coupon(single_use=True)).text
    first = wish(text)
    redemptions.reserve(first, NOON)
    assert redemptions.release(first.source, first.reference, NOON)
    redemptions.reserve(wish(text), NOON)
    assert refusal(wish(text), NOON + timedelta(minutes=29)) == "used"
    # Nobody has swept, and still it is free.
    assert redemptions.redeem(wish(text), NOON + redemptions.RESERVED_FOR).state == "redeemed"
    assert redemptions.sweep(NOON + DAY) == 0


def test_a_repeated_call_gets_the_first_answer():
    text = code(coupon(single_use=True)).text
    asked = wish(text)
    assert redemptions.redeem(asked, NOON).pk == redemptions.redeem(asked, NOON + DAY).pk
    other = wish(code(coupon()).text, reference=asked.reference)
    with pytest.raises(OtherRedemption):
        redemptions.redeem(other, NOON)


@pytest.mark.parametrize("lines", [[("mug", 9000)], [("mug", 2000), ("jar", 3000)]])
def test_a_key_that_comes_with_another_basket_is_no_repeated_call(lines):
    asked = wish(code(coupon()).text)
    redemptions.redeem(asked, NOON)
    other = replace(asked, basket=basket(*lines))
    for ask in (redemptions.redeem, redemptions.reserve, quotes.quote):
        with pytest.raises(OtherRedemption):
            ask(other, NOON)
    assert Redemption.objects.get().amount == quotes.quote(asked, NOON).amount == 500


def test_a_redemption_of_before_that_keeps_no_basket_answers_by_code_and_order():
    asked = wish(code(coupon()).text)
    made = redemptions.redeem(asked, NOON)
    made.snapshot.pop("basket")
    made.save()
    assert redemptions.redeem(replace(asked, basket=basket(("mug", 9000))), NOON).amount == 500


def test_a_release_that_is_repeated_or_unknown_changes_nothing():
    assert not redemptions.release("shop", "nobody", NOON)
    asked = wish(code(coupon()).text)
    redemptions.redeem(asked, NOON)
    assert not redemptions.release(
        asked.source, asked.reference, NOON
    )  # what is redeemed is rolled back, not released


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ({"stacking_group": "sale"}, {"stacking_group": "sale"}, True),
        ({"stacking_group": "sale"}, {"stacking_group": "birthday"}, False),
        ({"exclusive": True}, {}, True),
        ({}, {"exclusive": True}, True),
        ({}, {}, False),
    ],
)
def test_which_coupons_go_together(first, second, refused):
    one, other = code(coupon(offer=first)), code(coupon(offer=second))
    redemptions.redeem(wish(one.text, "A"), NOON)
    if refused:
        assert refusal(wish(other.text, "A")) == "stacking"
    else:
        redemptions.redeem(wish(other.text, "A"), NOON)
    redemptions.redeem(wish(other.text, "B"), NOON)


def test_a_code_of_somebody_else_a_void_one_and_one_not_issued_are_refused():
    anna, bert = CustomerFactory().pk, CustomerFactory().pk
    made = code(coupon(), customer=anna)
    assert refusal(wish(made.text, customer_id=bert)) == "other_holder"
    assert refusal(wish(made.text)) == "other_holder"
    redemptions.redeem(wish(made.text, customer_id=anna), NOON)
    issuing.void(made, UserFactory(), NOON)
    assert refusal(wish(made.text, customer_id=anna)) == "void"
    assert refusal(wish(code(coupon(), state=CouponCode.State.FREE).text)) == "not_issued"


def test_a_quote_books_nothing_and_says_the_same():
    anna = CustomerFactory().pk
    made = coupon(per_customer_limit=1, total_limit=5)
    text = code(made).text
    assert quotes.quote(wish(text, customer_id=anna), NOON).amount == 500
    assert not Redemption.objects.exists()
    redemptions.redeem(wish(text, customer_id=anna), NOON)
    with pytest.raises(Refused, match="customer_limit"):
        quotes.quote(wish(text, customer_id=anna), NOON)


def test_upper_apps_hear_of_redemptions_and_not_of_reservations():
    heard = []

    def hear(ids, **_more):
        heard.extend(ids)

    coupons_redeemed.connect(hear)
    try:
        text = code(coupon()).text
        redemptions.reserve(wish(text, "A"), NOON)
        assert heard == []
        done = redemptions.redeem(wish(text, "A"), NOON)
    finally:
        coupons_redeemed.disconnect(hear)
    assert heard == [done.pk]


# --- Windows ---


def window(zone: str, starts: date | None, ends: date | None) -> Coupon:
    return coupon(time_zone=zone, starts_on=starts, ends_on=ends)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2028, 2, 29), 24),
        ("Europe/Berlin", date(2026, 12, 31), 24),
        ("America/New_York", date(2026, 11, 1), 25),
        ("America/New_York", date(2026, 3, 8), 23),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone, day, hours):
    made = window(zone, day, day)
    assert made.valid_until - made.valid_from == timedelta(hours=hours)
    text = code(made).text
    second = timedelta(seconds=1)
    assert refusal(wish(text), made.valid_from - second) == "not_yet"
    assert refusal(wish(text), made.valid_until) == "ended"
    redemptions.redeem(wish(text), made.valid_from)
    redemptions.redeem(wish(text), made.valid_until - second)


def test_valid_to_the_day_the_clocks_go_back_ends_with_that_day():
    assert window("Europe/Berlin", None, date(2026, 10, 25)).valid_until == datetime(
        2026, 10, 25, 23, tzinfo=UTC
    )


def test_saving_unchanged_days_changes_nothing():
    made = window("Europe/Berlin", date(2026, 3, 29), date(2026, 10, 25))
    before = made.valid_from, made.valid_until
    for _ in range(3):
        made = Coupon.objects.get(pk=made.pk)
        windows.derive(made)
        made.save()
    assert (made.valid_from, made.valid_until) == before


def test_a_window_runs_forward():
    with pytest.raises(IntegrityError), transaction.atomic():
        window("Europe/Berlin", date(2026, 11, 3), date(2026, 11, 2))


def test_who_was_born_on_29_february_has_a_birthday_each_year():
    born = date(1996, 2, 29)
    assert [windows.anniversary(born, year) for year in (2027, 2028)] == [
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


def test_codes_refused_say_until_when_they_were_valid():
    text = code(window("Europe/Berlin", None, date(2026, 10, 25))).text
    with pytest.raises(Refused) as refused:
        redemptions.redeem(wish(text), NOON)
    assert "10/25/2026" in refused.value.sentence


def test_every_reason_has_a_sentence_that_can_be_filled_in():
    facts = dict.fromkeys(["day", "currency", "missing", "minimum", "channels", "tiers"], "x")
    assert all(Refused(reason, **facts).sentence for reason in SENTENCES)


def test_a_confirmation_that_is_repeated_gets_its_first_answer():
    text = code(coupon()).text
    redemptions.reserve(wish(text, "A1", reference="one"), NOON)
    first = redemptions.redeem(wish(text, "A1", reference="two"), NOON)
    assert redemptions.redeem(wish(text, "A1", reference="two"), NOON).pk == first.pk
    with pytest.raises(redemptions.OtherRedemption):
        redemptions.redeem(wish(text, "A2", reference="two"), NOON)


def test_a_confirmation_of_a_smaller_basket_is_repeated_with_that_basket():
    text = code(coupon()).text
    paid = wish(text, "A1", reference="two", basket=basket(("mug", 3000)))
    reserved = wish(text, "A1", reference="one")
    redemptions.reserve(reserved, NOON)
    first = redemptions.redeem(paid, NOON)
    assert redemptions.redeem(paid, NOON).pk == redemptions.reserve(reserved, NOON).pk == first.pk
    assert quotes.quote(paid, NOON).amount == first.amount == 300
    for key in ("one", "two"):
        with pytest.raises(redemptions.OtherRedemption):
            redemptions.redeem(wish(text, "A1", reference=key, basket=basket(("mug", 4000))), NOON)


def test_two_orders_are_not_confirmed_by_the_same_key_at_once(monkeypatch):
    text = code(coupon()).text
    for number in ("A1", "A2"):
        redemptions.reserve(wish(text, number), NOON)
    redemptions.redeem(wish(text, "A1", reference="two"), NOON)
    monkeypatch.setattr(redemptions, "_known", lambda *_asked: None)  # it looked a moment before
    with pytest.raises(redemptions.OtherRedemption):
        redemptions.redeem(wish(text, "A2", reference="two"), NOON)
    assert Redemption.objects.get(order_key="A2").state == "reserved"


def test_a_confirmation_by_another_source_is_not_found_by_the_first_ones_key():
    text = code(coupon()).text
    redemptions.reserve(wish(text, "A1", reference="one"), NOON)
    made = redemptions.redeem(wish(text, "A1", source="till", reference="two"), NOON)
    assert (made.source, made.reference, made.confirmed_by) == ("shop", "one", "")
