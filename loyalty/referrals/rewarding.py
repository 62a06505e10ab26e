"""Rewards are given and taken back here, a sweep for all whose time has come.

One sweep at a time, since limits count over all. It holds the accounts of both sides, then the referrals as far as
nobody else has them (an order's transaction holds an account first, too, so neither waits for the other), then decides.
Of a coupon with too few codes left the last ones in the row wait until there are more.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from config import clocks
from customers import dirty
from customers.models import Customer
from loyalty import corrections, ledger, terms
from loyalty.bookings import Booking
from loyalty.coupons import giving, issuing
from loyalty.models import Coupon, CouponCode, Program, Redemption, Referral, ReferralTerms
from loyalty.referrals import limits, rules

SOURCE = "referral"
AT_ONCE = 500
GIVER, WELCOME = "giver", "welcome"
GIVEN = ("giver_entry", "welcome_entry", "giver_code", "welcome_code")
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('referral rewards', 0))"
State, Reason = Referral.State, Referral.Reason


class Short(Exception):
    """A coupon has `missing` codes too few."""

    def __init__(self, coupon_id: int, missing: int) -> None:
        super().__init__(coupon_id)
        self.coupon_id, self.missing = coupon_id, missing


class Dead(Exception):
    """Of a coupon these could never redeem the code that they would get."""

    def __init__(self, rows: list[Referral]) -> None:
        super().__init__(len(rows))
        self.rows = rows


@transaction.atomic
def sweep(at: datetime, most: int = AT_ONCE) -> int:
    """Give what is due and take back what came back; how many referrals were settled."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    found = _hold(_due(at)[:most])
    _say_what_waits(at)
    back = [each for each in found if each.state == State.RETURNED]
    ready = [each for each in found if each.state == State.QUALIFIED]
    settled = _take_back(back, at) + _reward(ready, at)
    dirty.mark({pk for each in settled for pk in (each.referrer_id, each.recommended_id)}, at)
    return len(settled)


def _due(at: datetime) -> QuerySet[Referral]:
    """What came back first; those that wait for codes last, so that they keep nobody else waiting."""
    ready = _ready(at).exclude(_waits(at)).values("pk")
    rows = Referral.objects.filter(Q(state=State.RETURNED) | Q(pk__in=ready)).select_related("terms")
    return rows.order_by("-state", "reason", "ready_at", "pk")


def _ready(at: datetime) -> QuerySet[Referral]:
    return Referral.objects.filter(state=State.QUALIFIED, ready_at__lte=at)


def _waits(at: datetime) -> Q:
    """For a coupon that is switched off: it may be switched on again, unless one of the two is lost anyway."""
    lasting = Coupon.objects.filter(giving.lasting(at))
    lost = Coupon.objects.exclude(pk__in=lasting)
    return _gives(lasting.filter(active=False)) & ~_gives(lost)


def _say_what_waits(at: datetime) -> None:
    """Behind the accounts, as everybody locks them, and without those that somebody else is settling."""
    waits = _ready(at).filter(_waits(at)).exclude(reason=Reason.POOL).order_by("pk")
    held = [each.pk for each in waits.select_for_update(of=["self"], no_key=True, skip_locked=True)]
    Referral.objects.filter(pk__in=held).update(reason=Reason.POOL)


def _gives(coupons: QuerySet[Coupon]) -> Q:
    return Q(terms__giver_coupon__in=coupons) | Q(terms__welcome_coupon__in=coupons)


def _hold(due: Iterable[Referral]) -> list[Referral]:
    """Them as they stand while the accounts of both sides are held."""
    people: dict[int, set[int]] = defaultdict(set)
    for each in due:
        people[each.terms.program_id] |= {each.referrer_id, each.recommended_id}
    for program in Program.objects.filter(pk__in=people).order_by("pk"):
        ledger.hold_accounts(program, people[program.pk])
    rows = Referral.objects.filter(pk__in=[each.pk for each in due]).order_by("ready_at", "pk")
    rows = rows.select_related("terms__program", "terms__giver_coupon", "terms__welcome_coupon")
    return list(rows.select_for_update(of=["self"], no_key=True, skip_locked=True))


def _by_program(rows: list[Referral]) -> list[tuple[Program, list[Referral]]]:
    programs = {each.terms.program_id: each.terms.program for each in rows}
    return [(of, [each for each in rows if each.terms.program_id == pk]) for pk, of in programs.items()]


# --- Giving ---


def _reward(ready: list[Referral], at: datetime) -> list[Referral]:
    fits, over = _within_limits(ready, at)
    waiting: list[Referral] = []
    lost: list[Referral] = []
    while fits:
        try:
            with transaction.atomic():
                _book(fits, at)
            break
        except Short as short:
            last = [each for each in fits if _names(each.terms, short.coupon_id)][-short.missing :]
            waiting += last
            fits = [each for each in fits if each not in last]
        except Dead as dead:
            # Their places are for others: who fits is decided anew, without them.
            lost += dead.rows
            left = [each for each in ready if each not in lost and each not in waiting]
            fits, over = _within_limits(left, at)
    over += [_missed(each, Reason.COUPON) for each in lost]
    for each in fits:
        each.state, each.reason, each.rewarded_at = State.REWARDED, Reason.NONE, at
    for each in waiting:
        each.state, each.reason = State.QUALIFIED, Reason.POOL
    for each in [*over, *waiting]:
        for name in GIVEN:  # of the attempt that was rolled back
            setattr(each, f"{name}_id", None)
    Referral.objects.bulk_update([*fits, *over, *waiting], ["state", "reason", "rewarded_at", *GIVEN])
    return [*fits, *over]


def _names(of: ReferralTerms, coupon_id: int) -> bool:
    return coupon_id in (of.giver_coupon_id, of.welcome_coupon_id)


def _within_limits(ready: list[Referral], at: datetime) -> tuple[list[Referral], list[Referral]]:
    """Those that are rewarded, and those that the newest rules allow no more. Earlier orders come first."""
    fits, over = [], []
    for program, mine in _by_program(ready):
        newest = rules.newest(program) or mine[0].terms
        year = at.astimezone(ZoneInfo(program.time_zone)).year
        by_referrer, in_all = limits.taken(program, [each.referrer_id for each in mine], year)
        gone = _lost_coupons(mine, at)
        for each in mine:
            hers = by_referrer.get(each.referrer_id, 0)
            used_up = newest.most_in_all is not None and in_all >= newest.most_in_all
            if newest.most_per_year is not None and hers >= newest.most_per_year:
                over.append(_missed(each, Reason.LIMIT))
            elif used_up:
                over.append(_missed(each, Reason.BUDGET))
            elif why := next((why for pk, why in gone.items() if _names(each.terms, pk)), None):
                over.append(_missed(each, why))
            else:
                by_referrer[each.referrer_id], in_all = hers + 1, in_all + 1
                fits.append(each)
    return sorted(fits, key=lambda each: (each.ready_at, each.pk)), over


def _missed(each: Referral, why: Referral.Reason) -> Referral:
    each.state, each.reason = State.MISSED, why
    return each


def _lost_coupons(mine: list[Referral], at: datetime) -> dict[int, Referral.Reason]:
    """Coupons that are over, or whose limit or budget is used up: a code of them would be refused."""
    lasting = Coupon.objects.filter(giving.lasting(at))
    coupons = {pk for each in mine for pk in (each.terms.giver_coupon_id, each.terms.welcome_coupon_id) if pk}
    lost = Coupon.objects.filter(pk__in=coupons).exclude(pk__in=lasting)
    return {
        each.pk: Reason.BUDGET if each.budget and each.budget.used >= each.budget.cap else Reason.COUPON
        for each in lost.select_related("budget")
    }


def _book(rows: list[Referral], at: datetime) -> None:
    """Both sides of all of them, or none. Raises Short and Dead."""
    for side in (GIVER, WELCOME):
        for program, mine in _by_program(rows):
            _points(program, side, mine, at)
        _codes(side, rows, at)


def person(each: Referral, side: str) -> int:
    return each.referrer_id if side == GIVER else each.recommended_id


def _points(program: Program, side: str, rows: list[Referral], at: datetime) -> None:
    mine = [each for each in rows if getattr(each.terms, f"{side}_points")]
    if not mine:
        return
    now = terms.newest(program)
    today = clocks.local_day(at, program.time_zone)
    ends = (now or terms.draft(program)).window(today)[1]
    bookings = [
        Booking(
            person(each, side),
            getattr(each.terms, f"{side}_points"),
            SOURCE,
            f"{each.pk}/{side}",
            terms_id=now.id if now else None,
            available_from=at,
            expires_at=ends,
        )
        for each in mine
    ]
    for each, booked in zip(mine, ledger.earn(program, bookings, at), strict=True):
        setattr(each, f"{side}_entry_id", booked.entry_id)


def _codes(side: str, rows: list[Referral], at: datetime) -> None:
    """A code of its own for each, though somebody may have recommended several: an issue for each turn of hers."""
    for turn in _turns(side, rows):
        coupon: Coupon = getattr(turn[0].terms, f"{side}_coupon")
        by_person = {person(each, side): each for each in turn}
        try:
            issued = issuing.issue(coupon, by_person, f"{SOURCE}-{side}-{turn[0].pk}", at)
        except issuing.PoolEmpty as empty:
            raise Short(coupon.pk, empty.missing) from empty
        if dead := [each for pk, each in by_person.items() if pk not in issued]:
            raise Dead(dead)
        for pk, each in by_person.items():
            setattr(each, f"{side}_code", issued[pk])


def _turns(side: str, rows: list[Referral]) -> Iterator[list[Referral]]:
    """Per coupon, lists in which nobody stands twice."""
    turns: dict[tuple[int, int], list[Referral]] = defaultdict(list)
    seen: dict[tuple[int, int], int] = defaultdict(int)
    for each in rows:
        coupon = getattr(each.terms, f"{side}_coupon_id")
        if coupon:
            who = coupon, person(each, side)
            turns[coupon, seen[who]].append(each)
            seen[who] += 1
    yield from turns.values()


# --- Taking back ---


def _take_back(rows: list[Referral], at: datetime) -> list[Referral]:
    """Points that are spent already are owed, as with an order; a code that was redeemed stays redeemed."""
    for program, mine in _by_program(rows):
        _reverse(program, mine, at)
    codes = [pk for each in rows for pk in (each.giver_code_id, each.welcome_code_id) if pk]
    held = CouponCode.objects.select_for_update(no_key=True).filter(pk__in=codes).order_by("pk")
    free = [code.pk for code in held]
    used = Redemption.objects.filter(code__in=free, state__in=["reserved", "redeemed"]).values("code")
    CouponCode.objects.filter(pk__in=free).exclude(pk__in=used).update(state=CouponCode.State.VOID)
    for each in rows:
        each.state, each.taken_back_at = State.TAKEN_BACK, at
    Referral.objects.bulk_update(rows, ["state", "taken_back_at"])
    return rows


def _reverse(program: Program, rows: list[Referral], at: datetime) -> None:
    booked = [
        (each, side, getattr(each, f"{side}_entry_id"))
        for each in rows
        for side in (GIVER, WELCOME)
        if getattr(each, f"{side}_entry_id")
    ]
    left = corrections.left_to_take_back([entry for _each, _side, entry in booked])
    merged = _merged({person(each, side) for each, side, _entry in booked})
    bookings = [
        Booking(
            merged.get(person(each, side), person(each, side)),
            left[entry],
            SOURCE,
            f"{each.pk}/{side}",
            reverses_id=entry,
        )
        for each, side, entry in booked
        if left[entry] > 0
    ]
    if bookings:
        corrections.refund(program, bookings, at)


def _merged(people: set[int]) -> dict[int, int]:
    """Into whom: the ledger takes one booking after the other from an account, and knows it by its customer."""
    rows = Customer.objects.filter(pk__in=people, merged_into__isnull=False).values_list("pk", "merged_into")
    return {pk: into for pk, into in rows if into}
