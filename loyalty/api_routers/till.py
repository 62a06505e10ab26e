"""What checkout systems do at their till: find a customer, give goodwill, undo. docs/till.md tells how to begin.

A key belongs to one store, and sees that store's customers alone. Goodwill is somebody's: each call names who.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from config import formats
from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey, Customer, Store, User
from loyalty import api_calls as calls
from loyalty.api_calls import Faulty
from loyalty.models import CouponCode, GoodwillIssue, GoodwillReason, GoodwillRequest, Redemption
from loyalty.till import cards, daily, goodwill, lookups, reach, sales, stores
from loyalty.till.goodwill import Wish
from loyalty.till.lookups import Found, Who

SCOPE = "till"
LONGEST_KEY = 120
router = Router(tags=["till"])


class Query(Schema):
    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        max_length=200,
        min_length=1,
        description="A whole coupon code, customer number, e-mail address or phone number (E.164).",
    )


class GoodwillWish(Schema):
    model_config = ConfigDict(extra="forbid")

    customer: str = Field(max_length=36, description="The customer's key, as `find` answers it.")
    staff: str = Field(max_length=254, description="E-mail address of whoever gives it.")
    reason: str = Field(max_length=80, description="One of `reasons`.")
    amount: int = Field(gt=0, le=10**9, description="In minor units of the shop's currency.")
    note: str = Field("", max_length=500)


class Undo(Schema):
    model_config = ConfigDict(extra="forbid")

    kind: str = Field(pattern="^(redemption|goodwill)$")
    id: int = Field(ge=1, le=2**62)
    staff: str = Field(max_length=254)


View = Callable[..., JsonResponse]


def for_tills(view: View) -> View:
    """Only for a till's key with the scope `till`; refusals become answers."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        def work() -> JsonResponse:
            key = calls.key_of(request)
            if key.kind != ApiKey.Kind.TILL or key.store is None:
                reason, mend = _("This is no key of a till."), _("Have a key of the kind “Till” made.")
                raise Faulty(reason, status=403, code="not_allowed", mend=mend)
            return view(request, *args, **kwargs)

        return calls.asked(request, SCOPE, work)

    return guarded


@router.post("/till/find", summary="Find a customer of the store, or a coupon, by a whole number or code")
@for_tills
def till_find(request: HttpRequest, body: Query) -> JsonResponse:
    at, store = timezone.now(), store_of(request)
    who = Who(store, api_key=request.auth)  # type: ignore[attr-defined]
    found = lookups.find_exactly(body.query.replace("\0", ""), reach.of(store), who, at)
    if not found:
        reason = _("No customer of this store and no coupon has this number, address or code.")
        raise Faulty(reason, "query", 404, "unknown", _("Send the whole of it."))
    return JsonResponse(_found(found, at))


@router.get("/till/reasons", summary="Why goodwill may be given")
@for_tills
def till_reasons(request: HttpRequest) -> JsonResponse:
    names = GoodwillReason.objects.filter(active=True).values_list("name", flat=True)
    return JsonResponse({"reasons": list(names)})


@router.post(
    "/till/goodwill",
    summary="Give a goodwill coupon, once per Idempotency-Key",
    openapi_extra={
        "responses": {
            201: {"description": "Given."},
            202: {"description": "A second person has to confirm it first."},
        }
    },
)
@for_tills
def till_goodwill(request: HttpRequest, body: GoodwillWish) -> JsonResponse:
    """201 with the coupon; 202 where a second person has to confirm it first; 409 says what is left."""
    store = store_of(request)

    def work(reference: str, at: datetime) -> idempotency.Answer:
        customer = reach.of(store).filter(key=_uuid(body.customer)).first()
        reason = GoodwillReason.objects.filter(name=body.reason, active=True).first()
        if customer is None:
            raise Faulty(_("There is no such customer of this store."), "customer", 404)
        if reason is None:
            raise Faulty(_("There is no such reason."), "reason", mend=_("Ask GET /till/reasons."))
        note = body.note.replace("\0", "")
        by = f"key {calls.key_of(request).pk}"
        wish = Wish(customer, store, reason, note, body.amount, by, reference)
        given = goodwill.give(wish, staff_of(body.staff, store), at)
        return (202, asked_of(given)) if isinstance(given, GoodwillRequest) else (201, _given(given))

    return calls.written(request, SCOPE, timezone.now(), work, longest=LONGEST_KEY)


@router.get("/till/requests/{request_id}", summary="What became of goodwill that waits for a second person")
@for_tills
def till_request(request: HttpRequest, request_id: int) -> JsonResponse:
    found = GoodwillRequest.objects.filter(pk=request_id, store=store_of(request)).first()
    if found is None:
        raise Faulty(_("There is no such request of this store."), "request", 404)
    return JsonResponse(asked_of(found))


@router.post("/till/undo", summary="Undo a redemption or goodwill of the last five minutes")
@for_tills
def till_undo(request: HttpRequest, body: Undo) -> JsonResponse:
    at, store, key = timezone.now(), store_of(request), calls.key_of(request)
    daily.count(key, at)
    staff = staff_of(body.staff, store)
    model = Redemption if body.kind == "redemption" else GoodwillIssue
    row = model._default_manager.filter(pk=body.id, store=store).first()
    if isinstance(row, Redemption):
        sales.undo(row, staff, at, key=key.pk)
    elif isinstance(row, GoodwillIssue):
        goodwill.undo(row, staff, at, key=key.pk)
    else:
        raise Faulty(_("There is nothing of this number in this store."), "id", 404, body.kind)
    return JsonResponse({"undone": body.kind, "id": body.id})


# --- Who and where ---


def store_of(request: HttpRequest) -> Store:
    store: Store = request.auth.store  # type: ignore[attr-defined]
    return store


def staff_of(email: str, store: Store) -> User:
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if user is None or not stores.may_work_in(user, store):
        raise Faulty(_("Nobody of this e-mail address works at the till of this store."), "staff")
    return user


def _uuid(text: str) -> str:
    """The key, or one that nobody has."""
    plain = text.replace("-", "").lower()
    return plain if len(plain) == 32 and all(c in "0123456789abcdef" for c in plain) else "0" * 32


# --- What is answered ---


def _found(found: Found, at: datetime) -> dict[str, Any]:
    person = found.customers[0] if found.customers else None
    return {"customer": _customer(person, at) if person else None, "coupon": _coupon(found.code)}


def _customer(person: Customer, at: datetime) -> dict[str, Any]:
    card = cards.of(person, at)
    return {
        "customer": str(person.key),
        "name": str(person),
        "facts": [{"label": str(label), "value": value} for label, value in card.facts],
        "coupons": [_coupon(code) for code in card.codes],
    }


def _coupon(code: CouponCode | None) -> dict[str, Any] | None:
    if code is None:
        return None
    ends = code.valid_until or code.coupon.valid_until
    return {"code": code.text, "name": code.coupon.name, "valid_until": ends.isoformat() if ends else None}


def _given(issue: GoodwillIssue) -> dict[str, Any]:
    about = {
        "amount": issue.amount,
        "currency": issue.currency,
        "written": formats.money(issue.amount, issue.currency),
    }
    return {"id": issue.pk, "state": "issued", "coupon": _coupon(issue.code)} | about


def asked_of(request: GoodwillRequest) -> dict[str, Any]:
    issue = GoodwillIssue.objects.select_related("code__coupon").filter(request=request).first()
    return {"request": request.pk, "state": request.state, "goodwill": _given(issue) if issue else None}


@api_routers.register
class Till(ApiRouter):
    key = "till"
    router = router
