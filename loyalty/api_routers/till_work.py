"""What checkout systems do besides: sign a customer up, hear what happened today, withdraw goodwill that waits.

Whoever confirms or refuses goodwill does it at our page with her own sign-in: a key cannot prove who stands there.
"""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from channels.models import Topic
from config import client
from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.api.rows import Language, Text
from customers.models import AuditEntry, Store
from loyalty import api_calls as calls
from loyalty.api_calls import Faulty
from loyalty.api_routers.till import SCOPE, asked_of, for_tills, staff_of, store_of
from loyalty.forms.till import SignUpForm
from loyalty.models import GoodwillIssue, GoodwillRequest, Redemption
from loyalty.till import day, goodwill, lookups, reach, sign_ups
from loyalty.till.lookups import Who
from loyalty.till.sign_ups import Signed, SignUp

LONGEST_KEY = 120
MOST = 100
router = Router(tags=["till"])
M = TypeVar("M", bound=Model)


class NewCustomer(Schema):
    """An e-mail address or a phone number at least; with a topic the mail with the link goes out."""

    model_config = ConfigDict(extra="forbid")

    staff: str = Field(max_length=254, description="E-mail address of whoever signs her up.")
    first_name: Annotated[Text, Field(max_length=120)] = ""
    last_name: Annotated[Text, Field(min_length=1, max_length=120)]
    email: Annotated[Text, Field(max_length=254)] = ""
    phone: Annotated[
        Text, Field(max_length=40, description="E.164, or as it is dialled in the store's country.")
    ] = ""
    language: Language
    topic: Annotated[Text, Field(max_length=40, description="One of `topics`, if she would like mails.")] = ""
    wording: Annotated[
        Text, Field(max_length=500, description="What she was asked, or its version: goes into the proof.")
    ] = ""
    referral: Annotated[Text, Field(max_length=200, description="The code of who recommended her.")] = ""


class Withdrawal(Schema):
    model_config = ConfigDict(extra="forbid")

    staff: str = Field(max_length=254, description="Who asked for it.")


@router.get("/till/topics", summary="What a new customer can ask for mails about")
@for_tills
def till_topics(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"topics": [{"key": each.key, "names": each.names} for each in Topic.objects.all()]})


@router.post(
    "/till/customers",
    summary="Sign a customer up, once per Idempotency-Key; only her click in the mail is consent",
    openapi_extra={
        "responses": {
            200: {"description": "She was known here already, or elsewhere: then nothing of her is told."},
            201: {"description": "Signed up."},
        }
    },
)
@for_tills
def till_customer(request: HttpRequest, body: NewCustomer) -> JsonResponse:
    store, key = store_of(request), calls.key_of(request)

    def work(_reference: str, at: datetime) -> idempotency.Answer:
        staff, said, who = staff_of(body.staff, store), _said(body, store), Who(store, api_key=key)
        lookups.check(who, at)
        ip = client.address(request) or "unknown"
        evidence = {"form": request.path, "ip": ip, "staff": staff.pk, "api_key": key.pk}
        signed = sign_ups.sign_up(said, store, staff, evidence, at)
        if reach.sees(store, signed.customer.pk):
            lookups.note_known(who, at)
            return (201 if signed.made else 200), _signed(signed, said)
        lookups.note_unknown(who, at)  # whether somebody is a customer elsewhere can be tried out here
        return 200, {"state": "elsewhere", "customer": None, "name": "", "mail": False, "refused": ""}

    return calls.written(request, SCOPE, timezone.now(), work, longest=LONGEST_KEY, redeeming=True)


@router.get("/till/today", summary="What happened in the store today, and what waits for a second person")
@for_tills
def till_today(request: HttpRequest) -> JsonResponse:
    now, store = timezone.now(), store_of(request)
    since = day.begin(store, now)
    redeemed, given = _some(day.redemptions(store, since)), _some(day.issues(store, since))
    signed, waiting = _some(day.sign_ups(store, since)), _some(day.waiting(store))
    people = {str(each.pk): each for each in reach.of(store).filter(pk__in=day.customer_ids(signed))}
    return JsonResponse(
        {
            "since": since.isoformat(),
            "redemptions": [_redemption(row, now) for row in redeemed[:MOST]],
            "goodwill": [_goodwill(row, now) for row in given[:MOST]],
            "sign_ups": [_sign_up(row, people.get(row.subject_id)) for row in signed[:MOST]],
            "waiting": [_waiting(row) for row in waiting[:MOST]],
            "more": any(len(rows) > MOST for rows in (redeemed, given, signed, waiting)),
        }
    )


@router.post(
    "/till/requests/{request_id}/withdraw", summary="Whoever asked does not want the goodwill any more"
)
@for_tills
def till_withdraw(request: HttpRequest, request_id: int, body: Withdrawal) -> JsonResponse:
    """A repeated call finds it withdrawn already: no key is needed."""
    store = store_of(request)
    staff = staff_of(body.staff, store)
    found = GoodwillRequest.objects.filter(pk=request_id, store=store).first()
    if found is None:
        raise Faulty(_("There is no such request of this store."), "request", 404)
    if (found.maker_id, found.state) != (staff.pk, GoodwillRequest.State.WITHDRAWN):
        goodwill.withdraw(found.pk, staff, timezone.now())
        found.refresh_from_db()
    return JsonResponse(asked_of(found))


# --- Inside ---


def _said(body: NewCustomer, store: Store) -> SignUp:
    """What the page's own form makes of it. Raises Faulty for the first field that is wrong."""
    topic = Topic.objects.filter(key=body.topic).first() if body.topic else None
    if body.topic and topic is None:
        raise Faulty(_("There is no such topic."), "topic", mend=_("Ask GET /till/topics."))
    if topic and not body.wording:
        mend = _("Send the words, or their version, with which she was asked.")
        raise Faulty(_("Without its wording her wish is no proof."), "wording", mend=mend)
    form = SignUpForm(body.dict() | {"topic": topic.pk if topic else ""}, country=store.country)
    if not form.is_valid():
        field, faults = next(iter(form.errors.items()))
        raise Faulty(str(faults[0]), field)
    return form.said(body.wording)


def _signed(signed: Signed, said: SignUp) -> dict[str, Any]:
    return {
        "state": "signed_up" if signed.made else "known",
        "customer": str(signed.customer.key),
        "name": str(signed.customer),
        "mail": said.topic is not None,
        "refused": signed.refused,
    }


def _some(rows: QuerySet[M]) -> list[M]:
    return list(rows[: MOST + 1])


def _redemption(row: Redemption, now: datetime) -> dict[str, Any]:
    about = {"id": row.pk, "coupon": row.coupon.name, "state": row.state, "order": row.order_key}
    return about | _sum(row) | _when(row, str(row.actor or ""), now)


def _goodwill(row: GoodwillIssue, now: datetime) -> dict[str, Any]:
    state = row.returned.why if hasattr(row, "returned") else "issued"
    about = {"id": row.pk, "reason": row.reason.name, "state": state}
    return about | _sum(row) | _when(row, str(row.allowance.user), now)


def _sum(row: Redemption | GoodwillIssue | GoodwillRequest) -> dict[str, Any]:
    return {"amount": row.amount, "currency": row.currency}


def _when(row: Redemption | GoodwillIssue, staff: str, now: datetime) -> dict[str, Any]:
    until = day.undo_until(row, now)
    return {"at": row.at.isoformat(), "staff": staff, "undo_until": until.isoformat() if until else None}


def _sign_up(row: AuditEntry, person: Any) -> dict[str, Any]:
    about = {"customer": str(person.key) if person else None, "name": str(person or "")}
    return about | {"at": row.at.isoformat(), "staff": str(row.user or "")}


def _waiting(row: GoodwillRequest) -> dict[str, Any]:
    about = {"request": row.pk, "reason": row.reason.name, "staff": str(row.maker)}
    return about | _sum(row) | {"at": row.asked_at.isoformat()}


@api_routers.register
class TillWork(ApiRouter):
    key = "till_work"
    router = router
