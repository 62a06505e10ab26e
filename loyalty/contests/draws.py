"""The draw: who is left out and why, who wins what, who takes a winner's place, and the proof that it is repeatable.

contests/drawing.py is how winners follow from seed and entries. Everything about a draw happens while the contest's
row is held: it is drawn once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from customers import audit
from customers.models import User
from loyalty.contests import drawing, prizes
from loyalty.contests.drawing import Lot
from loyalty.contests.refusals import Refused
from loyalty.coupons import giving, issuing
from loyalty.models import Contest, ContestEntry, ContestFact, ContestPrize, ContestWinner, CouponCode

State, Won = Contest.State, ContestWinner.State

# Each entry's published code, and why it cannot win. Who has a colleague's address works for us.
WRITE_DOWN = """
    UPDATE loyalty_contestentry e
    SET person = left(encode(sha256(convert_to(%(seed)s || ':' || c.key::text, 'UTF8')), 'hex'), 16),
        excluded = CASE
            WHEN c.erased_at IS NOT NULL THEN 'erased'
            WHEN c.merged_into_id IS NOT NULL THEN 'merged'
            WHEN c.email <> '' AND EXISTS (
                SELECT FROM customers_user u WHERE lower(u.email) = lower(c.email)) THEN 'staff'
            ELSE '' END
    FROM customers_customer c WHERE e.contest_id = %(contest)s AND c.id = e.customer_id
"""


@dataclass(frozen=True)
class Verification:
    """What came out when the draw was done again. No faults: the same."""

    entries: int
    seed_fits: bool
    entries_fit: bool
    winners_fit: bool

    @property
    def equal(self) -> bool:
        return self.seed_fits and self.entries_fit and self.winners_fit


def lots(contest: Contest) -> Iterator[Lot]:
    """The published list, by number."""
    rows = ContestEntry.objects.filter(contest=contest).order_by("pk")
    for row in rows.values_list("pk", "person", "excluded").iterator(chunk_size=10_000):
        yield Lot(*row)


@transaction.atomic
def draw(contest_id: int, by: User | None, at: datetime) -> list[ContestWinner]:
    """Draw the winners, once, and give the codes that were kept to those whose prizes have them; what is left of these
    is free again. Raises Refused."""
    contest = Contest.objects.select_for_update().get(pk=contest_id)
    if contest.state != State.CLOSED:
        raise Refused("not_closed")
    if ContestFact.objects.filter(contest_id=contest_id).exists():
        raise Refused("sweeping")
    with connection.cursor() as cursor:
        cursor.execute(WRITE_DOWN, {"seed": contest.seed, "contest": contest.pk})
    published = list(lots(contest))
    ranked = drawing.order(contest.seed, published)
    if not ranked:
        raise Refused("nobody")
    winners = _winners(contest, ranked, at)
    contest.state, contest.drawn_at = State.DRAWN, at
    contest.digest = drawing.digest(published)
    contest.save(update_fields=["state", "drawn_at", "digest"])
    prizes.release(contest)
    audit.record(by, "contest.drawn", contest, at, entries=len(published), winners=len(winners))
    return winners


def _winners(contest: Contest, ranked: list[Lot], at: datetime) -> list[ContestWinner]:
    places = [prize for prize in contest.prizes.select_related("coupon") for _one in range(prize.count)]
    chosen = ranked[: len(places)]
    owners = _owners(chosen)
    made = [
        ContestWinner(
            contest=contest,
            prize=prize,
            entry_id=lot.number,
            customer_id=owners[lot.number],
            place=place,
            at=at,
        )
        for place, (lot, prize) in enumerate(zip(chosen, places, strict=False), 1)
    ]
    _give_codes(made, at)
    return ContestWinner.objects.bulk_create(made)


def _owners(chosen: list[Lot]) -> dict[int, int | None]:
    entries = ContestEntry.objects.filter(pk__in=[lot.number for lot in chosen])
    return dict(entries.values_list("pk", "customer_id"))


def _give_codes(winners: list[ContestWinner], at: datetime) -> None:
    """A code of each prize's pool, once per prize and person; none for whoever could never redeem it."""
    for prize in {winner.prize for winner in winners}:
        hers = {winner.customer_id: winner for winner in winners if winner.prize_id == prize.pk}
        for customer_id, code in _codes(prize, [pk for pk in hers if pk], at).items():
            hers[customer_id].code = code


def _codes(prize: ContestPrize, customer_ids: list[int], at: datetime) -> dict[int, CouponCode]:
    if prize.coupon is None:
        return {}
    if customer_ids and not giving.can_be_redeemed(prize.coupon, at):
        raise Refused("coupon", coupon=prize.coupon.name)
    try:
        return issuing.issue(prize.coupon, customer_ids, f"contest-prize-{prize.pk}", at, kept_for=prize.pk)
    except issuing.PoolEmpty as empty:
        raise Refused("pool", coupon=prize.coupon.name, missing=empty.missing) from empty


# --- What becomes of winners ---


def tell(winner_id: int, by: User | None, at: datetime) -> None:
    _move(winner_id, Won.TOLD, [Won.DRAWN], by, at)


def claim(winner_id: int, by: User | None, at: datetime) -> None:
    """By her own link (`by` None) or by whoever hands the prize over."""
    _move(winner_id, Won.CLAIMED, [Won.DRAWN, Won.TOLD], by, at)


@transaction.atomic
def _move(winner_id: int, to: str, come_from: list[str], by: User | None, at: datetime) -> None:
    winner = ContestWinner.objects.select_for_update(of=("self",)).get(pk=winner_id)
    if winner.state == Won.REPLACED:
        raise Refused("replaced")
    if winner.state not in come_from:
        return
    winner.state = to
    winner.told_at = winner.told_at or at
    winner.claimed_at = at if to == Won.CLAIMED else None
    winner.save(update_fields=["state", "told_at", "claimed_at"])
    action = "contest.winner_claimed" if to == Won.CLAIMED else "contest.winner_told"
    audit.record(by, action, winner, at, contest=winner.contest_id)


@transaction.atomic
def replace(winner_id: int, reason: str, by: User | None, at: datetime) -> ContestWinner:
    """The next of the order who has not won gets the prize; the code of her who is replaced is void. Raises Refused."""
    contest_id = ContestWinner.objects.values_list("contest_id", flat=True).get(pk=winner_id)
    contest = Contest.objects.select_for_update().get(pk=contest_id)
    winner = ContestWinner.objects.select_for_update(of=("self",)).get(pk=winner_id)
    if winner.state in (Won.REPLACED, Won.CLAIMED):
        raise Refused(winner.state)
    ranked = drawing.order(contest.seed, lots(contest))
    following = _next(contest, ranked)
    winner.state, winner.reason = Won.REPLACED, reason[:200]
    winner.save(update_fields=["state", "reason"])
    if winner.code:
        issuing.void(winner.code, by, at)
    place, lot, customer_id = following
    made = ContestWinner(
        contest=contest,
        prize=winner.prize,
        entry_id=lot.number,
        customer_id=customer_id,
        place=place,
        replaces=winner,
        at=at,
    )
    _give_codes([made], at)
    made.save(force_insert=True)
    audit.record(by, "contest.winner_replaced", winner, at, contest=contest.pk, place=place, reason=reason)
    return made


def _next(contest: Contest, ranked: list[Lot]) -> tuple[int, Lot, int]:
    """The first behind all who have won whom we still know: nobody can be written to who was erased since."""
    last = max(ContestWinner.objects.filter(contest=contest).values_list("place", flat=True))
    for place, lot in enumerate(ranked[last:], last + 1):
        customer_id = _owners([lot]).get(lot.number)
        if customer_id is not None:
            return place, lot, customer_id
    raise Refused("nobody_left")


# --- The proof ---


def verify(contest: Contest) -> Verification:
    """Do the draw again from the seed and the entries as they stand."""
    published = list(lots(contest))
    ranked = drawing.order(contest.seed, published)
    won = list(ContestWinner.objects.filter(contest=contest).values_list("place", "entry_id", "prize_id"))
    due = [prize.pk for prize in contest.prizes.all() for _one in range(prize.count)][: len(ranked)]
    first = {place for place, _entry, prize in won if place <= len(due) and due[place - 1] == prize}
    return Verification(
        entries=len(published),
        seed_fits=drawing.commitment(contest.seed) == contest.commitment,
        entries_fit=drawing.digest(published) == contest.digest,
        winners_fit=len(first) == len(due)
        and all(place <= len(ranked) and ranked[place - 1].number == entry for place, entry, _prize in won),
    )
