"""points: what a customer has, her statement, earning, spending, taking back, and holds for baskets."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from config import clocks, formats
from customers import audit, idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.api.rows import Number, Reference, Row
from customers.models import ApiKey
from loyalty import api_calls as calls
from loyalty import corrections, ledger, terms
from loyalty.api_calls import Faulty, Whom
from loyalty.bookings import NOT_ENOUGH, Booked, Booking
from loyalty.models import Entry, PointsPayment, Program
from loyalty.rewards import claims, payments
from loyalty.rewards.refusals import Refused

SOURCE = "api"  # of bookings from before each bore its key's source: every key may take them back
READ, BOOK = "points_read", "points"
LONGEST_KEY = 255
MOST_POINTS = 10_000_000
MOST_AMOUNT = 10**12
router = Router(tags=["points"])
Said = dict[str, Any]
Points = Annotated[int, Field(ge=1, le=MOST_POINTS)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
Programme = Annotated[
    Reference, Field(description="key of the programme; empty: the oldest active one, else the oldest")
]


class Named(Row):
    customer: Annotated[Number, Field(description="her number in the key's source")]
    program: Programme = ""


class Page(Named):
    before: Id | None = Field(None, description="the `next` of the page before")
    limit: int = Field(50, ge=1, le=100)


class Earn(Named):
    points: Points
    reason: Reference = ""
    counts_for_tier: bool = False


class Spend(Named):
    points: Points
    reason: Reference = ""


class Reverse(Row):
    booking: Id


class HoldBody(Named):
    points: Points
    reward: Id | None = Field(None, description="the rate, when several rewards are worth money")
    minutes: int = Field(payments.MINUTES, ge=1, le=payments.LONGEST_MINUTES)


class SpendHold(Row):
    order: Reference = ""


class RefundHold(Row):
    amount: Annotated[int, Field(ge=1, le=MOST_AMOUNT, description="minor units that this refund gives back")]
    total: Annotated[int, Field(ge=1, le=MOST_AMOUNT, description="minor units of the whole order")]


def read(request: HttpRequest, work: Callable[[ApiKey, datetime], Said], customer: str = "") -> JsonResponse:
    """Whoever may book may read. `customer` is the number of whom the call names."""
    whom = Whom(customer, 404)
    return calls.asked(request, READ, lambda: work(calls.key_of(request), timezone.now()), BOOK, whom=whom)


def write(
    request: HttpRequest, work: Callable[[ApiKey, str, datetime], Said], customer: str = ""
) -> JsonResponse:
    """`work` gets the Idempotency-Key too, as its own key for what it writes."""
    by, whom = calls.key_of(request), Whom(customer, 404)

    def once(reference: str, at: datetime) -> idempotency.Answer:
        return 200, work(by, reference, at)

    return calls.written(request, BOOK, timezone.now(), once, longest=LONGEST_KEY, whom=whom, redeeming=True)


@router.get(
    "/points", summary="What a customer has: points to spend, waiting, held debts, and what ends next"
)
def points_balance(request: HttpRequest, who: Query[Named]) -> JsonResponse:
    def work(by: ApiKey, at: datetime) -> Said:
        program = calls.program(who.program)
        customer_id = calls.person(by, who.customer)
        return _balance(program, customer_id, at)

    return read(request, work, who.customer)


def _balance(program: Program, customer_id: int, at: datetime) -> dict[str, Any]:
    now = ledger.standing(program, [customer_id], at)[customer_id]
    return {
        "program": program.key,
        "spendable": now.free,
        "pending": now.waiting,
        "owed": now.owed,
        "ending_within_30_days": now.ending,
        "next_end": now.next_end.isoformat() if now.next_end else None,
    }


@router.get("/points/statement", summary="A customer's bookings, the newest first, page by page")
def points_statement(request: HttpRequest, page: Query[Page]) -> JsonResponse:
    def work(by: ApiKey, at: datetime) -> Said:
        program = calls.program(page.program)
        customer_id = calls.person(by, page.customer)
        rows = Entry.objects.filter(account__program=program, account__customer=customer_id).order_by("-pk")
        if page.before is not None:
            rows = rows.filter(pk__lt=page.before)
        found = list(rows[: page.limit + 1])
        shown = found[: page.limit]
        return {
            "bookings": [_told(each) for each in shown],
            "next": shown[-1].pk if len(found) > page.limit else None,
        }

    return read(request, work, page.customer)


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "booking": entry.pk,
        "kind": entry.kind,
        "points": entry.points,
        "reason": entry.reason,
        "at": entry.at.isoformat(),
        "reverses": entry.reverses_id,
    }


@router.post("/points/earn", summary="Give points, once per Idempotency-Key")
def points_earn(request: HttpRequest, body: Earn) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        program = calls.earning_program(body.program)
        person = calls.person(by, body.customer)
        _may_give(by, program, body.points)
        row = Booking(
            person,
            body.points,
            _source(by),
            calls.digest(by, reference),
            reason=body.reason,
            counts_for_tier=body.counts_for_tier,
            available_from=at,
            expires_at=_end(program, at),
        )
        booked = ledger.earn(program, [row], at)[0]
        if by.kind == ApiKey.Kind.TILL:
            detail = {"points": body.points, "booking": booked.entry_id, "key": by.pk}
            audit.record(None, "points.given_at_till", by.store, at, **detail)
        return _booked(program, row, booked, at)

    return write(request, work, body.customer)


def _may_give(by: ApiKey, program: Program, points: int) -> None:
    """A till gives as many as one person alone may: its key may be stolen."""
    most = program.second_person_above
    if by.kind == ApiKey.Kind.TILL and points > most:
        mend = _("Have the balance corrected on the customer's page.")
        reason = _("A till gives at most %s points at once.") % formats.number(most)
        raise Faulty(reason, "points", 403, code="too_many_points", mend=mend)


def _source(by: ApiKey) -> str:
    """The key's source as bookings bear it, which have no room for a long one."""
    return f"{SOURCE}/{hashlib.sha256(by.source.encode()).hexdigest()[:32]}"


def _end(program: Program, at: datetime) -> datetime | None:
    """As points of an order of today."""
    rules = terms.newest(program)
    return rules.window(clocks.local_day(at, rules.zone))[1] if rules else None


def _booked(program: Program, row: Booking, booked: Booked, at: datetime) -> dict[str, Any]:
    person = claims.living(row.customer_id)
    return {"booking": booked.entry_id, "points": booked.points, "balance": _balance(program, person, at)}


@router.post("/points/spend", summary="Take points that can be spent, once per Idempotency-Key")
def points_spend(request: HttpRequest, body: Spend) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        program = calls.program(body.program)
        customer_id = calls.person(by, body.customer)
        row = Booking(customer_id, body.points, _source(by), calls.digest(by, reference), reason=body.reason)
        booked = ledger.spend(program, [row], at)[0]
        if booked.fate == NOT_ENOUGH:
            free = ledger.standing(program, [customer_id], at)[customer_id].free
            raise Refused("points", missing=body.points - free)
        return _booked(program, row, booked, at)

    return write(request, work, body.customer)


@router.post("/points/reverse", summary="Give back points that were spent by this API, as a whole")
def points_reverse(request: HttpRequest, body: Reverse) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        found = (
            Entry.objects.select_related("program", "account").filter(pk=body.booking, kind="spend").first()
        )
        if found and not calls.sees(by, claims.living(found.account.customer_id)):
            raise calls.gone("booking")
        paid = PointsPayment.objects.filter(spend=body.booking, source=by.source).first()
        if found and paid:
            payments.refund(paid.pk, at)
        elif found and found.source in (SOURCE, _source(by)):
            corrections.reverse(found.program, found.pk, at)
        else:
            raise calls.gone("booking")
        person = claims.living(found.account.customer_id)
        return {"booking": found.pk, "points": -found.points, "balance": _balance(found.program, person, at)}

    return write(request, work)


@router.post("/points/holds", summary="Keep points for a basket, at the programme's rate")
def points_hold(request: HttpRequest, body: HoldBody) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        rate = payments.rate_of(calls.program(body.program), body.reward)
        person = calls.person(by, body.customer)
        until = payments.until(at, body.minutes)
        wish = payments.Basket(rate, person, body.points, by.source, reference, until)
        return _about(payments.hold(wish, at)) | {"until": until.isoformat()}

    return write(request, work, body.customer)


@router.post("/points/holds/{hold_id}/spend", summary="The basket became an order: take what was held")
def points_hold_spend(request: HttpRequest, hold_id: Id, body: SpendHold) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        return _about(payments.spend(_mine(by, hold_id), at, body.order))

    return write(request, work)


@router.post("/points/holds/{hold_id}/release", summary="Nobody bought: free what was held")
def points_hold_release(request: HttpRequest, hold_id: Id) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        return _about(payments.release(_mine(by, hold_id), at))

    return write(request, work)


@router.post(
    "/points/holds/{hold_id}/refund",
    summary="A part of the order was given back: so is that share of its points",
)
def points_hold_refund(request: HttpRequest, hold_id: Id, body: RefundHold) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        return _about(payments.refund_part(_mine(by, hold_id), body.amount, body.total, at))

    return write(request, work)


def _mine(by: ApiKey, hold_id: int) -> int:
    held = PointsPayment.objects.filter(pk=hold_id, source=by.source).first()
    if held is None or not calls.sees(by, claims.living(held.customer_id)):
        raise calls.gone("hold")
    return hold_id


def _about(payment: PointsPayment) -> dict[str, Any]:
    return {
        "hold": payment.pk,
        "state": payment.state,
        "points": payment.points,
        "given_back": payment.given_back,
        "amount": payment.amount,
        "currency": payment.currency,
        "booking": payment.spend_id,
    }


@api_routers.register
class PointsCalls(ApiRouter):
    key = "points"
    router = router
