"""Goodwill coupons inside an allowance, and what becomes of them."""

from datetime import date, timedelta

import pytest

from customers import merging, privacy
from customers.models import AuditEntry, Erasure
from loyalty import books
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused
from loyalty.models import Allowance, Coupon, GoodwillIssue, GoodwillRequest, GoodwillReturn
from loyalty.till import allowances, goodwill
from loyalty.till.refusals import NotGiven
from tests.factories import StoreFactory
from tests.loyalty import tills
from tests.loyalty.coupons import basket
from tests.loyalty.coupons import wish as redeeming
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def green() -> bool:
    return all(verdict.green for verdict in books.check(NOON))


def test_an_unhappy_customer_gets_a_coupon_of_her_own():
    store, mara = tills.somewhere()
    anna = tills.shopper(store)
    issue = goodwill.give(tills.wish(store, 700, customer=anna, note="Zipper"), mara, NOON)
    code = issue.code
    assert (code.customer, code.state, issue.amount, issue.approver) == (anna, "issued", 700, None)
    assert code.valid_until.date() == date(2026, 12, 31)  # 60 days, the first of them today
    taken = redemptions.redeem(redeeming(code.text, customer_id=anna.pk), NOON)
    assert taken.amount == 700
    with pytest.raises(Refused, match="other_holder"):
        redemptions.redeem(redeeming(code.text, customer_id=tills.shopper(store).pk), NOON)
    row = Allowance.objects.get()
    assert (row.user, row.store, row.month, row.coupons, row.money) == (
        mara,
        store,
        date(2026, 11, 1),
        1,
        700,
    )
    assert AuditEntry.objects.filter(action="goodwill.given", user=mara).count() == 1
    assert green()


def test_coupons_of_one_amount_are_one_coupon():
    store, mara = tills.somewhere()
    for amount in (500, 500, 700):
        goodwill.give(tills.wish(store, amount), mara, NOON)
    assert Coupon.objects.count() == 2


def test_a_refusal_says_how_much_is_left():
    store, mara = tills.somewhere()
    tills.allow(coupons=3, money=2000)
    goodwill.give(tills.wish(store, 1200), mara, NOON)
    with pytest.raises(NotGiven) as refused:
        goodwill.give(tills.wish(store, 900), mara, NOON)
    assert refused.value.sentence.startswith("€8.00 of €20.00 are left this month.")
    for amount in (400, 300):
        goodwill.give(tills.wish(store, amount), mara, NOON)
    with pytest.raises(NotGiven) as refused:
        goodwill.give(tills.wish(store, 100), mara, NOON)
    assert refused.value.sentence.startswith("All 3 coupons of this month are given.")
    assert green()


def test_nobody_gives_anything_before_somebody_has_said_how_much():
    store = StoreFactory()
    with pytest.raises(NotGiven, match="no_allowance"):
        goodwill.give(tills.wish(store), tills.staff(store), NOON)
    assert not GoodwillIssue.objects.exists()


def test_the_most_particular_allowance_counts():
    store, mara = tills.somewhere()
    tills.allow(money=300, store=store)
    assert allowances.standing(mara, store, NOON).money == 300
    tills.allow(money=200, user=mara)
    assert allowances.standing(mara, store, NOON).money == 200
    tills.allow(money=100, user=mara, store=store)
    assert allowances.standing(mara, store, NOON).money == 100
    assert allowances.standing(mara, StoreFactory(), NOON).money == 200


def test_a_new_month_begins_at_midnight_of_the_store():
    store, mara = tills.somewhere()
    tills.allow(coupons=1)
    late = NOON.replace(day=30, hour=22, minute=59)  # still November in Hannover
    goodwill.give(tills.wish(store), mara, late)
    with pytest.raises(NotGiven, match="coupons"):
        goodwill.give(tills.wish(store), mara, late)
    goodwill.give(tills.wish(store), mara, late + MINUTE)
    assert Allowance.objects.count() == 2


def test_an_allowance_that_is_lowered_below_what_was_given_leaves_nothing():
    store, mara = tills.somewhere()
    goodwill.give(tills.wish(store, 1000), mara, NOON)
    tills.allow(money=500)
    with pytest.raises(NotGiven) as refused:
        goodwill.give(tills.wish(store, 100), mara, NOON)
    assert refused.value.sentence.startswith("€0.00 of €10.00 are left")
    assert green()


def test_pressing_twice_gives_one_coupon_and_other_words_under_the_key_are_refused():
    store, mara = tills.somewhere()
    asked = tills.wish(store, 500)
    first = goodwill.give(asked, mara, NOON)
    assert goodwill.give(asked, mara, NOON + MINUTE).pk == first.pk
    with pytest.raises(NotGiven, match="other"):
        goodwill.give(tills.wish(store, 900, reference=asked.reference), mara, NOON)
    assert Allowance.objects.get().money == 500


# --- The second person ---


def test_above_the_threshold_somebody_else_of_the_store_confirms():
    store, mara = tills.somewhere()
    asked = goodwill.give(tills.wish(store, 1501), mara, NOON)
    assert isinstance(asked, GoodwillRequest)
    assert (Allowance.objects.get().money, GoodwillIssue.objects.count()) == (0, 0)
    for wrong, why in (
        (mara, "same_person"),
        (tills.staff(StoreFactory()), "stranger"),
        (tills.staff(store, "analyst"), "stranger"),
    ):
        with pytest.raises(NotGiven, match=why):
            goodwill.decide(asked.pk, wrong, True, NOON)
    lena = tills.staff(store)
    goodwill.decide(asked.pk, lena, True, NOON + MINUTE)
    issue = GoodwillIssue.objects.get()
    assert (issue.approver, issue.allowance.user, issue.allowance.money) == (lena, mara, 1501)
    with pytest.raises(NotGiven, match="decided"):
        goodwill.decide(asked.pk, tills.staff(store), True, NOON)
    assert green()


def test_at_the_threshold_nobody_has_to():
    store, mara = tills.somewhere()
    assert isinstance(goodwill.give(tills.wish(store, 1500), mara, NOON), GoodwillIssue)


def test_what_is_refused_or_withdrawn_gives_nothing():
    store, mara = tills.somewhere()
    first, second = (goodwill.give(tills.wish(store, 2000), mara, NOON) for _ in range(2))
    goodwill.decide(first.pk, tills.staff(store), False, NOON)
    goodwill.withdraw(second.pk, mara, NOON)
    with pytest.raises(NotGiven, match="decided"):
        goodwill.decide(second.pk, tills.staff(store), True, NOON)
    assert not GoodwillIssue.objects.exists()


def test_confirming_cannot_pass_the_allowance_that_was_used_meanwhile():
    store, mara = tills.somewhere()
    asked = goodwill.give(tills.wish(store, 9000), mara, NOON)
    goodwill.give(tills.wish(store, 1500), mara, NOON)
    with pytest.raises(NotGiven, match="money"):
        goodwill.decide(asked.pk, tills.staff(store), True, NOON)
    asked.refresh_from_db()
    assert asked.state == "waiting"
    assert green()


def test_the_books_notice_goodwill_past_the_second_person_and_past_the_allowance():
    store, mara = tills.somewhere()
    asked = goodwill.give(tills.wish(store, 2000), mara, NOON)
    goodwill.decide(asked.pk, tills.staff(store), True, NOON)
    GoodwillIssue.objects.update(approver=mara)
    Allowance.objects.update(money=1900)
    red = {verdict.invariant.key for verdict in books.check(NOON) if not verdict.green}
    assert red == {"goodwill_approved", "allowance_used"}


# --- Giving back ---


def test_what_nobody_used_in_time_goes_back_once():
    store, mara = tills.somewhere()
    tills.threshold(1500, days_valid=2)
    used, unused = (goodwill.give(tills.wish(store, 600), mara, NOON) for _ in range(2))
    redemptions.redeem(redeeming(used.code.text, customer_id=used.customer_id), NOON)
    assert goodwill.release(NOON + DAY) == 0
    assert goodwill.release(NOON + 3 * DAY) == 1
    assert goodwill.release(NOON + 4 * DAY) == 0
    row = Allowance.objects.get()
    assert (row.coupons, row.money) == (1, 600)
    assert GoodwillReturn.objects.get().issue == unused
    assert green()


def test_giving_is_undone_for_five_minutes_and_the_code_is_void():
    store, mara = tills.somewhere()
    issue = goodwill.give(tills.wish(store, 600), mara, NOON)
    with pytest.raises(NotGiven, match="late"):
        goodwill.undo(issue, mara, NOON + 5 * MINUTE + timedelta(seconds=1))
    goodwill.undo(issue, mara, NOON + 5 * MINUTE)
    with pytest.raises(NotGiven, match="returned"):
        goodwill.undo(issue, mara, NOON + 5 * MINUTE)
    with pytest.raises(Refused, match="void"):
        redemptions.redeem(redeeming(issue.code.text, customer_id=issue.customer_id), NOON)
    assert Allowance.objects.get().money == 0
    assert AuditEntry.objects.filter(action="goodwill.undone", user=mara).count() == 1
    assert green()


def test_what_is_used_is_not_undone():
    store, mara = tills.somewhere()
    issue = goodwill.give(tills.wish(store, 600), mara, NOON)
    taken = redeeming(issue.code.text, customer_id=issue.customer_id, basket=basket(("mug", 5000)))
    redemptions.redeem(taken, NOON)
    with pytest.raises(NotGiven, match="redeemed"):
        goodwill.undo(issue, mara, NOON)
    issue.code.refresh_from_db()
    assert issue.code.state == "issued"
    redemptions.reverse(taken.source, taken.reference, NOON)
    goodwill.undo(issue, mara, NOON)
    assert green()


# --- Whose it is ---


def test_two_who_become_one_keep_it_and_who_is_forgotten_leaves_no_note():
    store, mara = tills.somewhere()
    anna, bert = tills.shopper(store), tills.shopper(store)
    issue = goodwill.give(tills.wish(store, customer=bert, note="Bert was angry"), mara, NOON)
    merging.merge(bert.pk, anna.pk, mara, NOON)
    issue.refresh_from_db()
    assert issue.customer == anna
    handed = {table.key: table for table in privacy.export([anna.pk])[anna.pk]}
    assert handed["goodwill"].rows[0]["note"] == "Bert was angry"
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.STAFF, NOON, mara), NOON)
    issue.refresh_from_db()
    assert issue.note == ""
    assert green()
