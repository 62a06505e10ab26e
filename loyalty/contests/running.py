"""A contest from its draft to the end of its window: what is said in it, its start, its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from config import clocks
from customers import audit
from customers.models import User
from loyalty.contests import drawing, prizes
from loyalty.contests.refusals import Refused
from loyalty.coupons import giving
from loyalty.models import Contest, ContestEntry, ContestFact, ContestPrize, Coupon, CouponCode

State = Contest.State


@dataclass(frozen=True)
class Prize:
    name: str
    count: int
    coupon: Coupon | None = None


def in_language(contest: Contest, language: str) -> Mapping[str, str]:
    """Title, text and conditions in `language`, else in any in which they were written."""
    texts = contest.texts
    for code in (language, language.split("-")[0], settings.LANGUAGE_CODE.split("-")[0]):
        if texts.get(code, {}).get("conditions"):
            return dict(texts[code])
    return next((dict(each) for each in texts.values() if each.get("conditions")), {})


@transaction.atomic
def save(contest: Contest, won: list[Prize], by: User | None, at: datetime) -> Contest:
    """Keep a draft as it was filled in. Raises Refused("started")."""
    if contest.pk and _held(contest.pk).state != State.DRAFT:
        raise Refused("started")
    contest.starts_at = clocks.midnight(contest.starts_on, contest.time_zone)
    contest.ends_at = clocks.midnight(contest.ends_on + timedelta(days=1), contest.time_zone)
    made = contest.pk is None
    contest.save()
    contest.prizes.all().delete()
    ContestPrize.objects.bulk_create(
        ContestPrize(contest=contest, position=place, name=prize.name, count=prize.count, coupon=prize.coupon)
        for place, prize in enumerate(won, 1)
    )
    audit.record(by, "contest.created" if made else "contest.changed", contest, at)
    return contest


@transaction.atomic
def delete(contest_id: int, by: User, at: datetime) -> None:
    contest = _held(contest_id)
    if contest.state != State.DRAFT:
        raise Refused("started")
    audit.record(by, "contest.deleted", contest, at, name=contest.name)
    contest.delete()


@transaction.atomic
def start(contest_id: int, by: User | None, at: datetime) -> Contest:
    """From now on the rules stay, and the codes of its prizes are kept. The seed is made, and its hash is there to be
    shown. Raises Refused."""
    contest = _held(contest_id)
    fault = faults(contest, at)
    if fault:
        raise fault[0]
    contest.seed = drawing.new_seed()
    contest.commitment = drawing.commitment(contest.seed)
    prizes.keep(contest)
    contest.state, contest.started_at = State.OPEN, at
    contest.save()
    audit.record(by, "contest.started", contest, at, commitment=contest.commitment)
    return contest


def faults(contest: Contest, at: datetime) -> list[Refused]:
    """What stands in the way of its start."""
    if contest.state != State.DRAFT:
        return [Refused("started")]
    rows = list(contest.prizes.select_related("coupon"))
    found = [] if rows else [Refused("no_prize")]
    for code, texts in contest.texts.items():
        if any(texts.values()) and not texts.get("conditions"):
            found.append(Refused("no_text", language=code))
    if not in_language(contest, "en"):
        found.append(Refused("no_text", language=settings.LANGUAGE_CODE))
    if contest.ends_at <= at:
        found.append(Refused("past"))
    return [*found, *_over_by_the_draw(contest, rows), *_short_pools(rows)]


def _over_by_the_draw(contest: Contest, rows: list[ContestPrize]) -> list[Refused]:
    won = {prize.coupon for prize in rows if prize.coupon}
    return [
        Refused("coupon", coupon=each.name)
        for each in won
        if not giving.can_be_redeemed(each, contest.ends_at)
    ]


def _short_pools(rows: list[ContestPrize]) -> list[Refused]:
    found = []
    for coupon in {prize.coupon for prize in rows if prize.coupon}:
        wanted = sum(prize.count for prize in rows if prize.coupon_id == coupon.pk)
        free = CouponCode.objects.filter(coupon=coupon, state=CouponCode.State.FREE).count()
        if free < wanted:
            found.append(Refused("pool", coupon=coupon.name, missing=wanted - free))
    return found


def close(at: datetime) -> int:
    """Contests whose last day is over: nothing is entered any more, they wait to be drawn; how many."""
    over: Any = Contest.objects.filter(state=State.OPEN, ends_at__lte=at)
    return int(over.update(state=State.CLOSED))


@transaction.atomic
def call_off(contest_id: int, by: User | None, at: datetime) -> Contest:
    """End a contest in which nobody has taken part; the codes of its prizes are free again. Raises Refused."""
    contest = _held(contest_id)
    if contest.state not in (State.OPEN, State.CLOSED):
        raise Refused("not_open")
    taken = ContestEntry.objects.filter(contest=contest).exists()
    if taken or ContestFact.objects.filter(contest_id=contest_id).exists():
        raise Refused("taken_part")
    contest.state = State.OFF
    contest.save(update_fields=["state"])
    audit.record(by, "contest.called_off", contest, at, released=prizes.release(contest))
    return contest


def _held(contest_id: int) -> Contest:
    return Contest.objects.select_for_update().get(pk=contest_id)
