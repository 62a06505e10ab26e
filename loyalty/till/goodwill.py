"""Goodwill: a coupon for somebody who is unhappy, inside the allowance of whoever gives it.

A repeated call with the same key (`source`, `reference`) gets the first answer. Above the threshold it waits for a
second person. What nobody used goes back to the allowance, once: its return is a unique row.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from config import formats
from customers import audit, dirty
from customers.models import Customer, Origin, Shop, Store, User
from loyalty.coupons import codes, windows
from loyalty.models import (
    Allowance,
    Coupon,
    CouponCode,
    GoodwillCoupon,
    GoodwillIssue,
    GoodwillReason,
    GoodwillRequest,
    GoodwillReturn,
    Offer,
    Redemption,
    TillSettings,
)
from loyalty.models.redemption import LIVE
from loyalty.signals import coupons_issued
from loyalty.till import allowances, stores
from loyalty.till.refusals import NotGiven

UNDO_FOR = timedelta(minutes=5)
CODE_LENGTH = 10
# A redemption that began in time has ended by then.
GRACE = timedelta(hours=1)
LATE = """
    SELECT i.id FROM loyalty_goodwillissue i JOIN loyalty_couponcode k ON k.id = i.code_id
    WHERE k.valid_until <= %(until)s
      AND NOT EXISTS (SELECT FROM loyalty_goodwillreturn r WHERE r.issue_id = i.id)
      AND NOT EXISTS (SELECT FROM loyalty_redemption d WHERE d.code_id = k.id AND d.state = ANY(%(live)s))
    ORDER BY i.id LIMIT 10000
"""
# Whose row the insert did not make was given back by somebody else, and is not given back again.
GIVE_BACK = """
    WITH returned AS (
        INSERT INTO loyalty_goodwillreturn (issue_id, why, at)
        SELECT issue, %(why)s, %(at)s FROM unnest(%(ids)s::bigint[]) AS issue ORDER BY issue
        ON CONFLICT (issue_id) DO NOTHING RETURNING issue_id
    ), freed AS (
        UPDATE loyalty_allowance a SET coupons = a.coupons - s.coupons, money = a.money - s.money
        FROM (SELECT i.allowance_id, count(*) AS coupons, sum(i.amount) AS money
              FROM loyalty_goodwillissue i JOIN returned ON returned.issue_id = i.id GROUP BY i.allowance_id) AS s
        WHERE a.id = s.allowance_id
    )
    SELECT count(*) FROM returned
"""


@dataclass(frozen=True)
class Wish:
    """What is to be given: `amount` in minor units of the shop's currency; `source` and `reference` are the caller's
    key."""

    customer: Customer
    store: Store
    reason: GoodwillReason
    note: str
    amount: int
    source: str
    reference: str

    @property
    def fields(self) -> dict[str, object]:
        return {
            "customer": self.customer,
            "store": self.store,
            "reason": self.reason,
            "note": self.note.strip(),
            "amount": self.amount,
            "source": self.source,
            "reference": self.reference,
        }


@transaction.atomic
def give(
    wish: Wish, maker: User, at: datetime, origin: Origin = Origin.LIVE
) -> GoodwillIssue | GoodwillRequest:
    """The coupon, or above the threshold a request that waits for a second person. Raises NotGiven."""
    if wish.amount < 1:
        raise NotGiven("amount")
    allowance = allowances.hold(maker, wish.store, at)
    if known := _known(wish):
        return known
    threshold = TillSettings.current().second_person_above
    if wish.amount <= threshold:
        return _issue(wish, maker, allowance, threshold, at, origin=origin)
    _refuse_beyond(allowance, wish.amount)
    request = GoodwillRequest.objects.create(
        **wish.fields, currency=allowance.currency, maker=maker, asked_at=at
    )
    audit.record(maker, "goodwill.asked", request, at, amount=wish.amount, store=wish.store.pk)
    return request


def _known(wish: Wish) -> GoodwillIssue | GoodwillRequest | None:
    key = {"source": wish.source, "reference": wish.reference}
    request = GoodwillRequest.objects.filter(**key).first()
    issue = GoodwillIssue.objects.filter(**key).first()
    known = issue or request
    if known and (known.customer_id, known.amount) != (wish.customer.pk, wish.amount):
        raise NotGiven("other")
    return known


def _refuse_beyond(allowance: Allowance, amount: int) -> None:
    """Raise NotGiven with what is left."""
    if not allowance.most_coupons and not allowance.most_money:
        raise NotGiven("no_allowance")
    if allowance.coupons_left < 1:
        raise NotGiven("coupons", most=formats.number(allowance.most_coupons))
    if allowance.money_left < amount:
        currency = allowance.currency
        raise NotGiven(
            "money",
            left=formats.money(allowance.money_left, currency),
            most=formats.money(allowance.most_money, currency),
        )


def _issue(
    wish: Wish,
    maker: User,
    allowance: Allowance,
    threshold: int,
    at: datetime,
    request: GoodwillRequest | None = None,
    origin: Origin = Origin.LIVE,
) -> GoodwillIssue:
    if not allowances.take(allowance, wish.amount):
        allowance.refresh_from_db()
        _refuse_beyond(allowance, wish.amount)
        raise NotGiven("no_allowance")
    issue = GoodwillIssue.objects.create(
        **wish.fields,
        currency=allowance.currency,
        allowance=allowance,
        code=_code(wish, allowance.currency, at),
        threshold=threshold,
        approver=request.checker if request else None,
        request=request,
        at=at,
    )
    audit.record(maker, "goodwill.given", issue, at, amount=wish.amount, store=wish.store.pk)
    dirty.mark([wish.customer.pk], at, origin)
    coupons_issued.send(CouponCode, ids=[issue.code_id], at=at, origin=origin)
    return issue


def _code(wish: Wish, currency: str, at: datetime) -> CouponCode:
    """A new code of her own, valid from now on."""
    coupon = _coupon(wish.amount, currency, TillSettings.current().days_valid)
    valid_from, valid_until = windows.of_code(coupon, at)
    return CouponCode.objects.create(
        text=codes.draw(CODE_LENGTH),
        coupon=coupon,
        customer=wish.customer,
        state=CouponCode.State.ISSUED,
        issue=f"goodwill/{wish.source}/{wish.reference}"[:120],
        issued_at=at,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _coupon(amount: int, currency: str, days: int) -> Coupon:
    """The coupon of this amount, made by whoever needs it first."""
    about = {"amount": amount, "currency": currency, "days_valid": days}
    known = GoodwillCoupon.objects.select_related("coupon").filter(**about).first()
    if known is not None:
        return known.coupon
    name = _("Goodwill %(sum)s") % {"sum": formats.money(amount, currency)}
    try:
        with transaction.atomic():
            coupon = Coupon.objects.create(
                offer=Offer.objects.create(name=name, amount=amount, currency=currency),
                name=name,
                kind=Coupon.Kind.POOL,
                single_use=True,
                days_from_issue=days,
                time_zone=Shop.current().time_zone,
            )
            GoodwillCoupon.objects.create(coupon=coupon, **about)
            return coupon
    except IntegrityError:
        return GoodwillCoupon.objects.select_related("coupon").get(**about).coupon


# --- The second person ---


@transaction.atomic
def decide(request_id: int, checker: User, yes: bool, at: datetime) -> GoodwillRequest:
    """A second person gives the coupon or refuses it, once. Raises NotGiven."""
    request = GoodwillRequest.objects.select_for_update(of=["self"]).get(pk=request_id)
    if request.state != GoodwillRequest.State.WAITING:
        raise NotGiven("decided")
    if request.maker_id == checker.pk:
        raise NotGiven("same_person")
    if not stores.may_work_in(checker, request.store):
        raise NotGiven("stranger", store=request.store)
    request.checker, request.decided_at = checker, at
    request.state = GoodwillRequest.State.ISSUED if yes else GoodwillRequest.State.REFUSED
    request.save(update_fields=["checker", "decided_at", "state"])
    what = "goodwill.confirmed" if yes else "goodwill.refused"
    audit.record(checker, what, request, at, amount=request.amount, store=request.store_id)
    if yes:
        allowance = allowances.hold(request.maker, request.store, at)
        _issue(_wish_of(request), request.maker, allowance, _threshold(request), at, request)
    return request


def _threshold(request: GoodwillRequest) -> int:
    """Which a second person was needed above; it may have been raised since."""
    return min(TillSettings.current().second_person_above, request.amount - 1)


def _wish_of(request: GoodwillRequest) -> Wish:
    customer = request.customer.merged_into or request.customer
    if customer.erased_at is not None:
        raise NotGiven("gone")
    return Wish(
        customer,
        request.store,
        request.reason,
        request.note,
        request.amount,
        request.source,
        request.reference,
    )


@transaction.atomic
def withdraw(request_id: int, maker: User, at: datetime) -> None:
    """Whoever asked does not want it any more. Raises NotGiven."""
    waiting = GoodwillRequest.objects.filter(pk=request_id, maker=maker, state=GoodwillRequest.State.WAITING)
    if not waiting.update(state=GoodwillRequest.State.WITHDRAWN, decided_at=at):
        raise NotGiven("decided")
    audit.record(maker, "goodwill.withdrawn", GoodwillRequest.objects.get(pk=request_id), at)


# --- Giving back ---


@transaction.atomic
def undo(issue: GoodwillIssue, by: User | None, at: datetime, **door: int) -> None:
    """Take back what was given just now, unless it is used; the code is void from then on. Raises NotGiven."""
    if at > issue.at + UNDO_FOR:
        raise NotGiven("late")
    CouponCode.objects.filter(pk=issue.code_id).update(state=CouponCode.State.VOID)
    # Whoever redeems holds the code's row: from here on there is a redemption to be seen, or there will be none.
    if Redemption.objects.filter(code=issue.code_id, state__in=LIVE).exists():
        raise NotGiven("redeemed")
    if not _give_back([issue.pk], GoodwillReturn.Why.UNDONE, at):
        raise NotGiven("returned")
    audit.record(by, "goodwill.undone", issue, at, amount=issue.amount, store=issue.store_id, **door)
    dirty.mark([issue.customer_id], at)


@transaction.atomic
def release(at: datetime) -> int:
    """Give back what nobody used in time; how many."""
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"until": at - GRACE, "live": LIVE})
        ids = [pk for (pk,) in cursor.fetchall()]
    return _give_back(ids, GoodwillReturn.Why.EXPIRED, at)


def _give_back(ids: Collection[int], why: str, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"ids": list(ids), "why": str(why), "at": at})
        return int(cursor.fetchone()[0])
