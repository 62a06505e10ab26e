"""Coupons for tills that may be without a line: lease them, and tell later what became of them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey, Store
from loyalty import api_calls as calls
from loyalty import api_rows
from loyalty.api_calls import Faulty
from loyalty.api_rows import Lease, Sync
from loyalty.coupons import leasing, offers, reading
from loyalty.coupons.codes import normalise
from loyalty.coupons.leasing import LeaseWish, Told
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.models import TillLease, TillSync

SCOPE = "leases"
router = Router(tags=["tills"])


@router.post(
    "/coupons/leases",
    summary="Lease redemptions of a code to a till, for a day",
    openapi_extra={"responses": {201: {"description": "Leased."}}},
)
def lease_code(request: HttpRequest, body: Lease) -> JsonResponse:
    key, at = calls.key_of(request), timezone.now()

    def work(reference: str, at: datetime) -> idempotency.Answer:
        store = _store(key, body.store)
        found = reading.code(normalise(body.code))
        if found is None:
            raise Refused(UNKNOWN)
        most = calls.minor(body.most, found.coupon.offer.currency, "most")
        wish = LeaseWish(body.code, store, body.till, body.quantity, most, key.source, reference, key.pk)
        return 201, _lease(leasing.lease(wish, at))

    return calls.written(request, SCOPE, at, work, calls.caller(request, "leases", key))


@router.post("/coupons/leases/settle", summary="Tell what a till redeemed without a line")
def settle_lease(request: HttpRequest, body: Sync) -> JsonResponse:
    """Each number of a till counts once, so no key is needed."""
    key = calls.key_of(request)

    def work() -> dict[str, Any]:
        found = leasing.opened(body.lease, key.store if key.kind == ApiKey.Kind.TILL else None)
        numbers = [each.sequence for each in body.rows]
        if len(set(numbers)) < len(numbers):
            raise Faulty(_("A number stands there twice."), "rows.sequence", code="sequence")
        told = [_told(each, found, n) for n, each in enumerate(body.rows)]
        rows = leasing.settle(found, told, timezone.now(), done=body.done)
        found.refresh_from_db()
        return {"settled": found.settled, "state": found.state, "rows": [_row(each) for each in rows]}

    return calls.asked(request, SCOPE, work)


def _store(key: ApiKey, number: str) -> Store:
    store = calls.store(key, number)
    if store is None:
        raise Faulty(_("Name the store in which the till stands."), "store")
    return store


def _told(row: api_rows.Told, found: TillLease, n: int) -> Told:
    amount = calls.minor(row.amount, found.currency, f"rows.{n}.amount")
    return Told(row.sequence, row.order, amount, row.at)


def _lease(made: TillLease) -> dict[str, Any]:
    offer = made.coupon.offer
    return {
        "lease": leasing.payload(made),
        "code": made.code.label,
        "quantity": made.quantity,
        "most": calls.major(made.most, made.currency),
        "currency": made.currency,
        "until": made.expires_at.isoformat(),
        "offer": offers.snapshot(offer),
    }


def _row(row: TillSync) -> dict[str, Any]:
    said = {"sequence": row.sequence, "counted": not row.conflict}
    return said | ({"conflict": row.conflict, "detail": row.get_conflict_display()} if row.conflict else {})


@api_routers.register
class Leases(ApiRouter):
    key = "leases"
    router = router
