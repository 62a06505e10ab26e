"""Claims, first orders, sweeps and returns at the same moment, and twins that go wrong without what holds them."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from loyalty import books, ledger
from loyalty.bookings import Booking
from loyalty.models import Referral
from loyalty.referrals import claims, rewarding
from loyalty.referrals.claims import Claim
from loyalty.referrals.refusals import Refused
from tests.loyalty import crowd as crowds
from tests.loyalty import points, referrals
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.points import NOON
from tests.loyalty.referrals import LATER, SOON, buy, claim, code, member, newcomer, now, publish, send_back

pytestmark = pytest.mark.django_db(transaction=True)
SOME = max(TRIALS // 8, 3)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(SOON) if not verdict.green] == []


def test_of_many_who_claim_the_same_newcomer_one_has_recommended_her(crowd):
    publish()
    for _trial in range(SOME):
        nina, texts = newcomer(), [code(member()) for _ in range(SIZE)]
        jobs = [partial(claims.claim, Claim(text, nina.pk, "api"), NOON) for text in texts]
        answers = crowd.together(jobs, Refused)
        assert Referral.objects.filter(recommended=nina).count() == 1
        assert [each.code for each in answers if isinstance(each, Refused)] == ["other"] * (SIZE - 1)


def test_a_circle_of_many_is_not_closed_by_claiming_all_of_it_at_once(crowd):
    publish()
    for _trial in range(SOME):
        people = [newcomer() for _ in range(4)]
        texts = [code(each) for each in people]
        jobs = [
            partial(claims.claim, Claim(texts[place - 1], each.pk, "api"), NOON)
            for place, each in enumerate(people)
        ]
        answers = crowd.together(jobs, Refused)
        assert [each.code for each in answers if isinstance(each, Refused)] == ["circle"]


def test_looking_for_a_circle_without_taking_turns_closes_it(crowd):
    terms, meet = publish(), threading.Barrier(2)
    anna, bea = newcomer(), newcomer()

    def look_then_write(referrer: int, new: int) -> None:
        closed = claims._circle(referrer, new)
        meet.wait(30)
        if not closed:
            Referral.objects.create(
                terms=terms, referrer_id=referrer, recommended_id=new, source="api", claimed_at=NOON
            )

    crowd.together([partial(look_then_write, anna.pk, bea.pk), partial(look_then_write, bea.pk, anna.pk)])
    assert Referral.objects.count() == 2


def test_two_first_orders_at_once_reward_once(crowd):
    program = points.program()
    publish(program)
    for trial in range(SOME):
        made = claim(member(), nina := newcomer())
        crowd.together([partial(buy, nina, number=f"T{trial}-{n}") for n in range(4)])
        assert now(made).state == "qualified"
        crowd.together([partial(rewarding.sweep, LATER)] * 4)
        assert points.free(program, made.referrer_id, LATER) == 500
        assert points.free(program, nina.pk, LATER) == 200


def test_looking_for_what_is_due_and_booking_then_rewards_twice(crowd):
    program, meet = points.program(), threading.Barrier(2)
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina)

    def look_then_book(turn: str) -> None:
        due = list(Referral.objects.filter(state="qualified", ready_at__lte=LATER))
        meet.wait(30)
        for each in due:
            row = Booking(each.referrer_id, 500, "twin", turn, available_from=LATER)
            ledger.earn(program, [row], LATER)

    crowd.together([partial(look_then_book, turn) for turn in "ab"])
    assert points.free(program, made.referrer_id, LATER) == 1000


def test_a_return_and_the_sweep_at_once_leave_nothing_given(crowd):
    program = points.program()
    publish(program)
    for _trial in range(SOME):
        made = claim(member(), nina := newcomer())
        order = buy(nina)
        crowd.together([partial(rewarding.sweep, LATER), partial(send_back, order, "30.00", LATER)])
        rewarding.sweep(LATER)
        assert now(made).state in ("missed", "taken_back")
        assert points.free(program, made.referrer_id, LATER) == 0


def test_returns_in_parts_at_once_come_to_the_same_as_one(crowd):
    publish()
    for _trial in range(SOME):
        made = claim(member(), nina := newcomer())
        order = buy(nina)
        crowd.together([partial(send_back, order, "6.00") for _ in range(2)])
        assert (now(made).state, now(made).value) == ("missed", 1800)


def test_one_member_s_code_is_drawn_once(crowd):
    for _trial in range(SOME):
        berta = member()
        assert len(set(crowd.together([partial(referrals.code, berta)] * SIZE))) == 1
