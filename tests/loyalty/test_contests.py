"""What a contest promises: rules that stay, entries that count once and within limits, a draw that anybody repeats."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from customers import merging, privacy
from customers.models import Erasure, User
from loyalty import books
from loyalty.books import Finding
from loyalty.contests import drawing, draws, entries, running
from loyalty.contests.drawing import Lot
from loyalty.contests.refusals import Refused
from loyalty.contests.running import Prize
from loyalty.coupons import batches, issuing
from loyalty.models import CodeBatch, ContestCode, ContestEntry, ContestFact, ContestWinner, CouponCode, Entry
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import orders, plays, points
from tests.loyalty.coupons import coupon
from tests.loyalty.plays import NOON, WHEN_OVER, contest, draft, enter, people, staff, tell

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def refused(code):
    return pytest.raises(Refused, match=f"^{code}$")


def over(made):
    running.close(WHEN_OVER)
    made.refresh_from_db()
    return made


def drawn(made):
    draws.draw(over(made).pk, staff(), WHEN_OVER)
    made.refresh_from_db()
    return made


# --- Rules ---


def test_rules_and_prizes_stay_once_it_has_started():
    made = draft()
    assert not made.commitment
    made = running.start(made.pk, staff(), NOON)
    assert made.commitment == sha256(made.seed.encode()).hexdigest()
    made.per_customer = 5
    with refused("started"):
        running.save(made, [Prize("Auto", 1)], staff(), NOON)
    for change in ({"per_customer": 5}, {"seed": "0" * 64}, {"texts": {}}, {"state": "draft"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(made).objects.filter(pk=made.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        made.prizes.update(count=9)


def test_a_contest_without_prize_conditions_or_codes_does_not_start():
    made = draft(texts={"de": {"title": "x", "text": "", "conditions": ""}})
    made.prizes.all().delete()
    pool = coupon(kind="pool")
    assert [each.code for each in running.faults(made, WHEN_OVER)] == [
        "no_prize",
        "no_text",
        "no_text",
        "past",
    ]
    short = draft(Prize("Gutschein", 2, pool))
    assert [each.code for each in running.faults(short, NOON)] == ["pool"]
    with refused("pool"):
        running.start(short.pk, staff(), NOON)


# --- Entries from what customers do ---


def test_events_become_entries_once_however_often_and_late_they_are_told():
    made = contest(way="event", event_kind="custom", event_name="review", per_customer=9, per_day=9)
    anna, berta = people(2)
    facts = [("1", anna, NOON), ("2", berta, NOON), ("3", anna, NOON)]
    tell(*facts)
    tell(*facts)
    tell(("4", berta, NOON), name="login")  # something else
    assert ContestEntry.objects.count() == 0, "a fact's transaction only notes it"
    entries.sweep(NOON)
    late = NOON + 20 * DAY
    tell(("5", berta, NOON + DAY), at=late)  # three weeks late, of a day of the contest
    over(made)
    tell(
        ("6", berta, NOON + DAY), ("7", berta, WHEN_OVER), at=WHEN_OVER
    )  # the last one did not happen in its days
    ContestFact.objects.bulk_create(  # the same noted twice
        ContestFact(contest=made, customer_id=anna.pk, source="event", reference=entry.reference, at=NOON)
        for entry in ContestEntry.objects.filter(customer=anna)
    )
    entries.sweep(WHEN_OVER)
    assert [ContestEntry.objects.filter(customer=who).count() for who in (anna, berta)] == [2, 3]
    assert not ContestFact.objects.exists()


def test_limits_per_day_follow_the_local_day_and_hold_over_several_sweeps():
    made = contest(way="event", event_kind="custom", per_customer=3, per_day=2)
    (anna,) = people(1)
    late = datetime(2026, 11, 2, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
    tell(*[(str(n), anna, late) for n in range(5)], at=late)
    entries.sweep(late)
    assert ContestEntry.objects.count() == 2
    tell(
        ("6", anna, late),
        ("7", anna, late + timedelta(minutes=1)),
        ("8", anna, late + timedelta(minutes=2)),
        at=late,
    )
    entries.sweep(late)
    days = list(ContestEntry.objects.order_by("slot").values_list("day__day", "day_slot", "slot"))
    assert days == [(2, 1, 1), (2, 2, 2), (3, 1, 3)]
    with pytest.raises(IntegrityError), transaction.atomic():  # the database is the limit
        ContestEntry.objects.create(
            contest=made,
            customer=anna,
            source="x",
            reference="x",
            at=NOON,
            day=NOON.date(),
            slot=3,
            day_slot=9,
        )


def test_a_sweep_asks_as_much_for_many_as_for_one(django_assert_num_queries):
    contest(way="event", event_kind="custom", per_customer=9, per_day=9)
    crowd = people(40)
    tell(("0", crowd[0], NOON))
    with django_assert_num_queries(6):
        entries.sweep(NOON)
    tell(*[(f"m{n}", who, NOON) for n, who in enumerate(crowd)])
    with django_assert_num_queries(6):
        entries.sweep(NOON)
    assert ContestEntry.objects.count() == 41


def test_purchases_count_from_a_sum_on_and_only_of_the_segment():
    anna = orders.buyer("C1")
    orders.buyer("C2")
    contest(way="purchase", least_value=5000, segment=plays.segment(anna), per_customer=9, per_day=9)
    orders.record("1", ("mug", 1, "49.99"))
    orders.record("2", ("mug", 1, "50"))
    orders.record("3", ("mug", 1, "50"), customer="C2")
    entries.sweep(NOON)
    assert list(ContestEntry.objects.values_list("customer", flat=True)) == [anna.pk]


# --- Entries by herself ---


def test_a_free_entry_sent_twice_counts_once():
    made = contest(per_customer=2, per_day=1)
    (anna,) = people(1)
    assert entries.enter(made.pk, anna.pk, 0, NOON)
    assert entries.enter(made.pk, anna.pk, 0, NOON) is None
    with refused("day_limit"):
        entries.enter(made.pk, anna.pk, 1, NOON)
    assert entries.enter(made.pk, anna.pk, 1, NOON + DAY)
    with refused("limit"):
        entries.enter(made.pk, anna.pk, 2, NOON + 2 * DAY)
    with refused("not_open"):
        entries.enter(made.pk, anna.pk, 2, WHEN_OVER)


def test_entries_for_points_are_paid_or_refused():
    program = points.program()
    made = contest(way="points", program=program, points=30, per_customer=5, per_day=5)
    (anna,) = people(1)
    points.give(program, anna.pk, 50)
    entry = entries.enter(made.pk, anna.pk, 0, NOON)
    assert Entry.objects.get(pk=entry.paid_id).points == -30
    with refused("points"):
        entries.enter(made.pk, anna.pk, 1, NOON)
    assert points.free(program, anna.pk) == 20
    assert ContestEntry.objects.count() == 1


def test_others_than_the_segment_are_refused():
    anna, berta = people(2)
    made = contest(segment=plays.segment(anna))
    enter(made, anna)
    with refused("not_hers"):
        enter(made, berta)


# --- The draw ---


def test_winners_follow_from_seed_and_entries_as_the_documents_say():
    seed = "ab" * 32
    lots = [Lot(number, f"p{number % 7}", "staff" if number % 7 == 3 else "") for number in range(100, 150)]
    by_hand = sorted(lots, key=lambda lot: sha256(f"{seed}:{lot.number}".encode()).hexdigest())
    persons = list(dict.fromkeys(lot.person for lot in by_hand if not lot.excluded))
    ranked = drawing.order(seed, reversed(lots))
    assert [lot.person for lot in ranked] == persons
    assert len(ranked) == 6
    assert drawing.order("cd" * 32, lots) != ranked


def test_a_draw_happens_once_leaves_staff_out_and_comes_out_the_same_again(capsys):
    made = contest(Prize("Fahrrad", 1), Prize("Buch", 2), per_customer=3, per_day=3)
    crowd = people(6)
    UserFactory(email=crowd[0].email.upper())
    enter(made, *crowd, crowd[1], crowd[1])
    with refused("not_closed"):
        draws.draw(made.pk, staff(), NOON)
    made = drawn(made)
    with refused("not_closed"):
        draws.draw(made.pk, staff(), WHEN_OVER)
    winners = list(ContestWinner.objects.order_by("place").values_list("prize__name", "customer"))
    assert [prize for prize, _who in winners] == ["Fahrrad", "Buch", "Buch"]
    assert len({who for _prize, who in winners}) == 3
    assert crowd[0].pk not in {who for _prize, who in winners}
    assert set(ContestEntry.objects.filter(customer=crowd[0]).values_list("excluded", flat=True)) == {"staff"}
    assert draws.verify(made).equal
    call_command("contest", "verify", made.key)
    assert "Equal: 8 entries" in capsys.readouterr().out


def test_verifying_notices_another_seed_entry_or_winner():
    made = contest(Prize("Buch", 2))
    enter(made, *people(5))
    made = drawn(made)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE loyalty_contestentry DISABLE TRIGGER USER")
    winner = ContestWinner.objects.get(place=1)
    other = ContestEntry.objects.filter(winner=None).first()
    ContestWinner.objects.filter(pk=winner.pk).update(entry=other)
    found = draws.verify(made)
    assert (found.seed_fits, found.entries_fit, found.winners_fit) == (True, True, False)
    ContestWinner.objects.filter(pk=winner.pk).update(entry=winner.entry)
    ContestEntry.objects.filter(pk=other.pk).update(excluded="staff")
    assert not draws.verify(made).entries_fit
    made.seed = "0" * 64
    assert not draws.verify(made).seed_fits
    with pytest.raises(CommandError):
        call_command("contest", "verify", made.key)


def test_entries_stay_after_the_draw():
    made = contest()
    enter(made, *people(2))
    drawn(made)
    for act in (
        lambda: ContestEntry.objects.update(person="x"),
        lambda: ContestEntry.objects.filter(winner=None).delete(),
        lambda: ContestEntry.objects.create(
            contest=made, source="x", reference="x", at=NOON, day=NOON.date(), slot=1, day_slot=1
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_winners_get_a_code_of_the_pool_and_who_replaces_them_too():
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, 3, NOON).pk, NOON)
    made = contest(Prize("Gutschein", 1, pool))
    enter(made, *people(2))
    made = drawn(made)
    first = ContestWinner.objects.get()
    assert first.code.customer_id == first.customer_id
    draws.tell(first.pk, staff(), WHEN_OVER)
    second = draws.replace(first.pk, "meldet sich nicht", staff(), WHEN_OVER)
    first.refresh_from_db()
    assert first.state == "replaced"
    assert CouponCode.objects.get(pk=first.code_id).state == "void"
    assert second.code.customer_id == second.customer_id != first.customer_id
    draws.claim(second.pk, None, WHEN_OVER)
    draws.claim(second.pk, None, WHEN_OVER)
    with refused("claimed"):
        draws.replace(second.pk, "doch nicht", staff(), WHEN_OVER)
    assert draws.verify(made).equal


def states(pool):
    return sorted(CouponCode.objects.filter(coupon=pool).values_list("state", flat=True))


def with_codes(number):
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, number, NOON).pk, NOON)
    return pool


def test_prizes_are_kept_from_the_start_and_nobody_else_gets_them():
    pool = with_codes(3)
    made = contest(Prize("Gutschein", 1, pool), Prize("Trost", 1, pool))
    assert states(pool) == ["free", "prize", "prize"]
    with refused("pool"):
        contest(Prize("Gutschein", 2, pool))
    assert states(pool) == ["free", "prize", "prize"]
    with pytest.raises(issuing.PoolEmpty):
        issuing.issue(pool, [each.pk for each in people(2)], "campaign", NOON)
    with pytest.raises(issuing.PoolEmpty):
        issuing.hand_out(pool, 2, "sheet", None, NOON)
    assert issuing.hand_out_batch(CodeBatch.objects.get(coupon=pool), staff(), NOON) == 1
    enter(made, *people(5))
    drawn(made)
    assert states(pool) == ["issued"] * 3
    assert ContestWinner.objects.filter(contest=made, code__isnull=False).count() == 2


def test_what_no_winner_got_is_free_again_after_the_draw():
    pool = with_codes(3)
    made = contest(Prize("Gutschein", 3, pool))
    enter(made, *people(1))
    drawn(made)
    assert states(pool) == ["free", "free", "issued"]
    assert ContestCode.objects.count() == 1


def test_a_kept_code_is_not_made_void(marketer):
    pool = with_codes(1)
    contest(Prize("Gutschein", 1, pool))
    kept = CouponCode.objects.get(coupon=pool)
    page = marketer.post(reverse("code_void", args=[kept.pk]), follow=True).content.decode()
    assert "kept for the winner of a contest" in page
    assert "Make void" not in page
    assert states(pool) == ["prize"]


def test_a_contest_that_lacks_codes_is_named_and_gets_those_that_are_made_next():
    pool = with_codes(2)
    made = contest(Prize("Gutschein", 2, pool))
    gone = CouponCode.objects.filter(pk=ContestCode.objects.first().pk)
    gone.update(state="void")  # as it could be before kept codes were protected, or were there at all
    rule = next(each for each in books.check(NOON) if each.invariant.key == "contest_codes")
    assert rule.findings == [Finding("prize", made.prizes.get().pk, 2, 1)]
    batches.make(batches.order(pool, 2, NOON).pk, NOON)
    assert states(pool) == ["free", "prize", "prize", "void"]
    assert all(each.green for each in books.check(NOON))
    enter(made, *people(2))
    drawn(made)
    assert states(pool) == ["free", "issued", "issued", "void"]


def test_a_contest_in_which_nobody_takes_part_can_be_called_off():
    pool = with_codes(2)
    made, busy = contest(Prize("Gutschein", 1, pool)), contest(Prize("Gutschein", 1, pool))
    enter(busy, *people(1))
    with refused("taken_part"):
        running.call_off(busy.pk, staff(), NOON)
    assert running.call_off(made.pk, staff(), NOON).state == "off"
    assert states(pool) == ["free", "prize"]
    with refused("not_open"):
        running.call_off(made.pk, staff(), NOON)
    with refused("not_open"):
        enter(made, *people(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        type(made).objects.filter(pk=made.pk).update(state="open")


def test_who_was_replaced_cannot_be_replaced_again_and_the_last_one_stays():
    made = contest()
    enter(made, *people(2))
    drawn(made)
    first = ContestWinner.objects.get()
    second = draws.replace(first.pk, "x", staff(), WHEN_OVER)
    with refused("replaced"):
        draws.replace(first.pk, "x", staff(), WHEN_OVER)
    with refused("nobody_left"):
        draws.replace(second.pk, "x", staff(), WHEN_OVER)
    second.refresh_from_db()
    assert second.state == "drawn"


# --- People who are erased or two ---


def test_erased_before_the_draw_she_is_out_and_after_it_the_draw_still_comes_out_the_same():
    made = contest(Prize("Buch", 1))
    crowd = people(4)
    enter(made, *crowd)
    asked = privacy.Asked(Erasure.By.STAFF, NOON, staff())
    privacy.erase(crowd[0].pk, asked, NOON)
    assert ContestEntry.objects.count() == 3
    made = drawn(made)
    winner = ContestWinner.objects.get()
    privacy.erase(winner.customer_id, asked, WHEN_OVER)
    winner.refresh_from_db()
    assert winner.customer is None
    assert ContestEntry.objects.get(pk=winner.entry_id).customer is None
    assert draws.verify(made).equal
    assert draws.replace(winner.pk, "vergessen", staff(), WHEN_OVER).customer_id


def test_two_who_become_one_have_no_more_entries_than_one():
    made = contest(way="event", event_kind="custom", per_customer=3, per_day=2)
    anna, berta = people(2)
    tell(*[(f"a{n}", anna, NOON + n * DAY) for n in range(2)], at=NOON + DAY)
    tell(*[(f"b{n}", berta, NOON + n * DAY) for n in range(3)], at=NOON + 2 * DAY)
    entries.sweep(NOON)
    tell(("late", berta, NOON))
    merging.merge(berta.pk, anna.pk, staff(), NOON)
    entries.sweep(NOON)
    slots = ContestEntry.objects.filter(customer=anna).order_by("slot").values_list("slot", flat=True)
    assert list(slots) == [1, 2, 3]
    assert not ContestEntry.objects.filter(customer=berta).exists()
    assert ContestEntry.objects.filter(contest=made).count() == 3
    assert privacy.export([anna.pk])[anna.pk]


def test_two_who_become_one_get_back_what_the_entries_beyond_the_rules_have_cost():
    program = points.program()
    made = contest(way="points", program=program, points=30, per_customer=2, per_day=2)
    anna, berta = people(2)
    for person, paid in ((anna, 1), (berta, 2)):
        points.give(program, person.pk, 100, str(person.pk), ends=NOON + 5 * DAY)
        for known in range(paid):
            entries.enter(made.pk, person.pk, known, NOON)
    merging.merge(berta.pk, anna.pk, staff(), NOON + DAY)
    assert ContestEntry.objects.filter(customer=anna).count() == 2
    assert points.free(program, anna.pk, NOON + DAY) == 2 * 100 - 2 * 30
    assert points.free(program, anna.pk, NOON + 5 * DAY) == 0  # with the dates they had
    assert not [verdict for verdict in books.check(NOON + DAY) if not verdict.green]


def test_a_prize_goes_with_who_is_merged_after_a_draw():
    made = contest()
    anna, berta = CustomerFactory(), CustomerFactory()
    enter(made, anna, berta)
    made = drawn(made)
    winner = ContestWinner.objects.get()
    other = berta if winner.customer_id == anna.pk else anna
    merging.merge(winner.customer_id, other.pk, User.objects.first(), WHEN_OVER)
    winner.refresh_from_db()
    assert winner.customer_id == other.pk
    assert draws.verify(made).equal
