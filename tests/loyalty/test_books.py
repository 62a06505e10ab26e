"""Each rule of the books is green after honest work and red, with the row, after somebody wrote past the services."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import connection, transaction

from customers import idempotency
from customers.models import ApiKey, Customer
from loyalty import books, corrections, ledger
from loyalty.book_rules.keys import CAUSES
from loyalty.bookings import Booking
from loyalty.contests import draws, running
from loyalty.contests.running import Prize
from loyalty.coupons import batches, leasing, redemptions
from loyalty.gift_cards import bookings
from loyalty.models import Budget, Program, ReferralTerms, Tier, TierPolicy
from loyalty.referrals import rewarding, rules
from loyalty.rewards import claims, payments
from loyalty.sales import admission
from loyalty.till import goodwill
from tests.channels import runs
from tests.customers import hooks
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import coupon_mails, ladders, orders, plays, points, referrals, rewards, tills
from tests.loyalty.coupons import code, coupon, lease_wish, wish
from tests.loyalty.gift_cards import card, order
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db

# Past every trigger and constraint, as a superuser or a bad migration could.
PAST_EVERYTHING = """
    ALTER TABLE loyalty_entry DISABLE TRIGGER USER; ALTER TABLE loyalty_allocation DISABLE TRIGGER USER;
    ALTER TABLE loyalty_giftentry DISABLE TRIGGER USER;
    ALTER TABLE loyalty_coupon DROP CONSTRAINT coupon_used_in_bounds;
    DROP INDEX redemption_single_use; DROP INDEX redemption_per_order;
    ALTER TABLE loyalty_contestentry DISABLE TRIGGER USER; ALTER TABLE loyalty_contestprize DISABLE TRIGGER USER;
    ALTER TABLE loyalty_contest DISABLE TRIGGER USER; ALTER TABLE loyalty_contestprize DROP CONSTRAINT prize_some;
    ALTER TABLE loyalty_goodwillissue DROP CONSTRAINT goodwill_approved;
"""
TAMPERED = {
    "balance": "UPDATE loyalty_account SET balance = balance + 1",
    "ledger": "UPDATE loyalty_entry SET points = points + 1 WHERE kind = 'earn'",
    "lifetime": "UPDATE loyalty_account SET lifetime = 7",
    "debt": "UPDATE loyalty_account SET debt = debt + 1",
    "debits": "UPDATE loyalty_allocation SET points = points + 1",
    "lots": "UPDATE loyalty_lot SET remaining = remaining - 1 WHERE remaining > 0",
    "grants": "INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, at)"
    " SELECT program_id, account_id, 'earn', 5, 'x', 'x', at FROM loyalty_entry LIMIT 1",
    "swept": "UPDATE loyalty_lot SET expires_at = '2026-01-01' WHERE remaining > 0",
    "reversals": "UPDATE loyalty_entry SET points = points * 100 WHERE reverses_id IS NOT NULL",
    "corrections": "UPDATE loyalty_program SET second_person_above = 1",
    "merged": "UPDATE customers_customer SET merged_into_id = (SELECT max(id) FROM customers_customer)"
    " WHERE id = (SELECT min(customer_id) FROM loyalty_account WHERE balance > 0)",
    "coupon_used": "UPDATE loyalty_coupon SET used = used + 1",
    "reserved": "UPDATE loyalty_redemption SET expires_at = '2026-01-01' WHERE state = 'reserved'",
    "slots": "DELETE FROM loyalty_couponuse",
    "coupon_limits": "INSERT INTO loyalty_redemption (coupon_id, code_id, customer_id, order_key, state, amount,"
    " currency, snapshot, single_use, stacking_group, exclusive, source, reference, at)"
    " SELECT coupon_id, code_id, customer_id, 'other', state, amount, currency, snapshot, false, '', false, 'x', 'x',"
    " at FROM loyalty_redemption WHERE single_use AND customer_id IS NOT NULL LIMIT 1",
    "windows": "UPDATE loyalty_redemption SET at = at + interval '90 days' WHERE snapshot ->> 'valid_until' > '2026'",
    "coupon_days": "UPDATE loyalty_coupon SET valid_until = valid_until + interval '1 day'",
    "check_symbols": "UPDATE loyalty_couponcode SET text = left(text, -1) || CASE right(text, 1) WHEN 'A' THEN 'B'"
    " ELSE 'A' END WHERE state = 'free'",
    "order_points": "UPDATE loyalty_entry SET points = points + 1 WHERE reference LIKE (SELECT id || '/%'"
    " FROM customers_order WHERE number = 'earns')",
    "keys": "UPDATE loyalty_redemption SET reference = 'elsewhere' WHERE order_key = 'keyed'",
    "outbox": "UPDATE customers_hookcall SET cause = 4711 WHERE kind = 'coupon.redeemed'",
    "budget_used": "UPDATE loyalty_budget SET used = used - 1",
    "budget_periods": "UPDATE loyalty_budgetperiod SET used = used - 1",
    "budget_shares": "UPDATE loyalty_budgetshare SET used = used - 1",
    "single_use": "INSERT INTO loyalty_redemption (coupon_id, code_id, order_key, state, amount, currency, snapshot,"
    " single_use, stacking_group, exclusive, source, reference, at)"
    " SELECT coupon_id, code_id, 'other', state, amount, currency, snapshot, true, '', false, 'x', 'x', at"
    " FROM loyalty_redemption WHERE single_use LIMIT 1",
    "batches": "DELETE FROM loyalty_couponcode WHERE state = 'free'",
    "contest_limits": "UPDATE loyalty_contest SET per_day = 1 WHERE way = 'form'",
    "contest_paid": "UPDATE loyalty_contestentry SET paid_id = NULL WHERE source = 'points'",
    "contest_prizes": "UPDATE loyalty_contestprize SET count = 0",
    "contest_codes": "UPDATE loyalty_couponcode SET state = 'free' WHERE state = 'prize'",
    "sale_admitted": "UPDATE loyalty_sale SET admitted = 0",
    "put_aside": "UPDATE loyalty_couponcode SET state = 'free' WHERE state = 'reserved'",
    "called_codes": "UPDATE loyalty_deliverycode SET called_at = NULL",
    "codes_of_two": "UPDATE channels_delivery SET context = (SELECT min(context::text) FROM channels_delivery)::jsonb",
    "gift_balance": "UPDATE loyalty_giftcard SET balance = balance + 1",
    "gift_refunds": "UPDATE loyalty_giftentry SET amount = 4000 WHERE kind = 'refund'",
    "leases": "UPDATE loyalty_tilllease SET settled = settled + 1",
    "leases_ended": "UPDATE loyalty_tilllease SET expires_at = '2026-01-01'",
    "codes": "UPDATE loyalty_couponcode SET coupon_id = 1 WHERE state = 'free'",
    "allowance_used": "UPDATE loyalty_allowance SET money = money + 1",
    "goodwill_approved": "UPDATE loyalty_goodwillissue SET threshold = amount - 1",
    "goodwill_returned": "INSERT INTO loyalty_goodwillreturn (issue_id, why, at)"
    " SELECT i.id, 'undone', '2026-11-24' FROM loyalty_goodwillissue i",
    "reward_used": "UPDATE loyalty_reward SET used = used + 1",
    "reward_paid": "UPDATE loyalty_rewardclaim SET points = points + 1",
    "reward_slots": "DELETE FROM loyalty_rewarduse",
    "reward_codes": "UPDATE loyalty_couponcode SET state = 'issued' WHERE state = 'void'",
    "payments": "UPDATE loyalty_pointspayment SET state = 'held' WHERE state = 'spent'",
    "referral_rewards": "UPDATE loyalty_referral SET welcome_entry_id = NULL WHERE state = 'rewarded'",
    "referral_bookings": "UPDATE loyalty_referral SET giver_entry_id = NULL, state = 'missed'",
    "referral_taken_back": "UPDATE loyalty_referral SET state = 'taken_back' WHERE state = 'rewarded'",
    "referral_swept": "UPDATE loyalty_referral SET state = 'qualified', ready_at = '2026-01-01'",
    "tier_current": "UPDATE loyalty_tierperiod SET current = false",
    "tier_points": "UPDATE loyalty_tierperiod SET points = points + 1",
    "tier_complete": "UPDATE loyalty_tierperiod SET counted = '{}', points = 0, needed = 0,"
    " recorded_at = now() + interval '3 hours'",
    "tier_swept": "INSERT INTO loyalty_tierdirty (account_id, origin, at)"
    " SELECT id, 'live', '2026-01-01' FROM loyalty_account",
}

TOLD_WRONG = [
    # Twice.
    "INSERT INTO customers_hookcall (hook_id, event, kind, cause, body, created_at, gives_up_at)"
    " SELECT hook_id, gen_random_uuid(), kind, cause, body, created_at, gives_up_at FROM customers_hookcall"
    " WHERE kind = 'points.booked'",
    # Of nothing.
    "UPDATE customers_hookcall SET cause = NULL"
    " WHERE id = (SELECT max(id) FROM customers_hookcall WHERE kind = 'points.booked')",
    "UPDATE customers_hookcall SET cause = 4711 WHERE kind = 'tier.changed'",
]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        # The checks that wait for the end of the transaction would forbid changing the table now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def red() -> list[str]:
    return [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]


def play(program: Program, anna: int) -> None:
    """Two entries on a day, one for points, one prize, one place."""
    person = Customer.objects.get(pk=anna)
    points.give(program, anna, 50, "for the contest")
    plays.enter(plays.contest(way="points", program=program, points=20), person)
    contest = plays.contest(per_customer=2, per_day=2)
    plays.enter(contest, person)
    plays.enter(contest, person)
    running.close(plays.WHEN_OVER)
    draws.draw(contest.pk, plays.staff(), plays.WHEN_OVER)
    admission.enter(plays.sale(quota=3), anna, NOON)
    prizes = coupon(kind="pool")
    batches.make(batches.order(prizes, 2, NOON).pk, NOON)
    plays.contest(Prize("Gutschein", 2, prizes))


def appease() -> None:
    """Goodwill that is used, from an allowance."""
    store, staff = tills.somewhere()
    issue = goodwill.give(tills.wish(store, 500), staff, NOON)
    redemptions.redeem(wish(issue.code.text, customer_id=issue.customer_id), NOON)


def work_with_rewards(program: Program) -> None:
    berta = points.person()
    points.give(program, berta, 500, "berta")
    rewards.claim(rewards.reward(program), berta)
    cancelled = rewards.claim(rewards.reward(program, "coupon", coupon=rewards.pool()), berta)
    claims.cancel(cancelled.pk, NOON)
    held = payments.hold(rewards.basket(rewards.reward(program, "money"), berta, 100), NOON)
    payments.spend(held.pk, NOON)


def recommend(program: Program) -> None:
    """One that is rewarded, and one whose reward was taken back."""
    rules.publish(
        ReferralTerms(program=program, active=True, giver_points=50, welcome_points=20, return_days=0),
        None,
        NOON,
    )
    for comes_back in (False, True):
        nina = referrals.newcomer()
        referrals.claim(referrals.member(), nina)
        order = referrals.buy(nina, at=NOON)
        rewarding.sweep(NOON)
        if comes_back:
            referrals.send_back(order, "30.00", NOON)
            rewarding.sweep(NOON)


def sell(program: Program) -> None:
    """An order that earns and comes back in part, a coupon within its days, and one that a shop redeems by its key."""
    points.rule(program, points=1, per=1)
    orders.buyer("B1")
    orders.record("earns", ("mug", 2, "10"), customer="B1")
    orders.record("back", ("mug", 1, "10"), customer="B1", refund_of="earns")
    in_november = coupon(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30))
    redemptions.redeem(wish(code(in_november).text), NOON)
    shop = ApiKey.objects.create(name="shop", kind="server", source="shop")
    asked = wish(code(coupon()).text, "keyed")
    answered = {"reference": asked.reference, "order": "keyed", "state": "redeemed", "discount": "5.00"}

    def answer() -> tuple[int, dict[str, str]]:
        redemptions.redeem(asked, NOON)
        return 200, answered

    idempotency.once(shop, asked.reference, "hash", NOON, answer)


@pytest.fixture
def honest_work() -> Callable[[], None]:
    def work() -> None:
        hooks.hook("https://erp.example/", *CAUSES)
        program, anna = points.program(), points.person()
        CustomerFactory()
        entry = points.give(program, anna, 100)
        points.spend(program, anna, 40)
        corrections.refund(program, [Booking(anna, 10, "shop", "r", reverses_id=entry.entry_id)], NOON)
        wish_ = corrections.Correction(anna, 50, "Kulanz", ("staff", "1"))
        corrections.adjust(program, wish_, UserFactory(), NOON)
        ledger.expire(NOON + DAY)
        pool = coupon(kind="pool")
        batches.make(batches.order(pool, 3, NOON).pk, NOON)
        budget = Budget.objects.create(
            name="x",
            currency="EUR",
            cap=5000,
            store_cap=2000,
            store_period="month",
            period_cap=3000,
            period="week",
        )
        single = coupon(single_use=True, per_customer_limit=1, budget=budget)
        redemptions.redeem(wish(code(single).text, customer_id=anna), NOON)
        redemptions.reserve(wish(code(coupon()).text), NOON)
        play(program, anna)
        appease()
        of = coupon_mails.version(coupon_mails.pool(3))
        runs.customers(2)
        runs.planned(of)
        runs.send_all()
        runs.planned(of, occurrence=2)
        work_with_rewards(program)
        recommend(program)
        paid = bookings.charge(card().pk, order(3000), NOON)
        bookings.refund(paid.pk, order(1000), NOON)
        whole = Budget.objects.create(name="y", currency="EUR", cap=50_000)
        leasing.lease(lease_wish(code(coupon(total_limit=20, budget=whole)).text), NOON)
        TierPolicy.objects.create(program=program)
        Tier.objects.create(program=program, name="Gold", threshold=100)
        ladders.collect(program, points.person(), 500, "tier", NOON)
        sell(program)

    return work


def test_honest_books_are_green(honest_work):
    assert red() == []
    honest_work()
    assert red() == []


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_tampering_shows(honest_work, subtests, monkeypatch):
    """The rule alone is asked each time, upon the same honest work."""
    honest_work()
    execute(PAST_EVERYTHING)
    rules = {invariant.key: invariant for invariant in books.invariants()}
    for key, statement in [*TAMPERED.items(), *(("outbox", told) for told in TOLD_WRONG)]:
        with subtests.test(statement), taken_back():
            monkeypatch.setattr(books, "invariants", lambda rule=rules[key]: [rule])
            assert red() == [], "before"
            execute(statement)
            [verdict] = books.check(NOON)
            assert verdict.findings
            assert all(finding.id for finding in verdict.findings)


def test_each_rule_is_tampered_with_here():
    assert set(TAMPERED) == {invariant.key for invariant in books.invariants()}


def test_a_check_asks_a_statement_per_rule(django_assert_num_queries):
    """Where nothing is to be reckoned anew."""
    with django_assert_num_queries(len(books.invariants())):
        books.check(NOON)
