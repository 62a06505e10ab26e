"""POST messages/KEY/send: one service message to one person; GET tells what became of it."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from channels.models import Delivery, ServiceCall
from channels.service_messages import calling
from customers import idempotency
from customers.api import refusals
from customers.api.routers import ApiRouter, api_routers
from customers.models import ApiKey

SCOPE = "messages"
LONGEST_KEY = 255
router = Router(tags=["messages"])


class To(Schema):
    """Who gets it: her number in the shop, else the e-mail address of somebody who is known."""

    model_config = ConfigDict(extra="forbid")

    customer: str = Field("", max_length=120)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    language: str = Field("", max_length=10, description="such as de or de-AT")


class Call(Schema):
    model_config = ConfigDict(extra="forbid")

    to: To
    data: dict[str, Any] = Field(
        default_factory=dict, description="what the message's texts read as {{ data.… }}"
    )


@router.post("/messages/{key}/send", summary="Send a service message to one person, once per Idempotency-Key")
def post_service_message(request: HttpRequest, key: str, body: Call) -> JsonResponse:
    by: ApiKey = request.auth  # type: ignore[attr-defined]
    reference = request.headers.get("Idempotency-Key", "")
    if SCOPE not in by.scopes:
        return _refusal(403, "This key may not send messages.")
    if not reference or len(reference) > LONGEST_KEY or "\0" in reference:
        return _refusal(
            400, f"Name the case in the header Idempotency-Key, in at most {LONGEST_KEY} characters."
        )
    at = timezone.now()
    to = calling.Recipient(body.to.customer, body.to.email, body.to.phone, body.to.language)
    mark = idempotency.fingerprint(request.method or "", request.path, request.body)

    def work() -> idempotency.Answer:
        return 202, _about(calling.send(key, to, body.data, reference, by, at))

    try:
        status, answer = idempotency.once(by, reference, mark, at, work)
    except idempotency.OtherRequest:
        return _refusal(409, "This Idempotency-Key was used for another request.")
    except calling.Refused as why:
        return _refusal(why.status, why.sentence, why.faults)
    return JsonResponse(answer, status=status)


@router.get("/messages/calls/{call_id}", summary="What became of a call")
def service_call(request: HttpRequest, call_id: int) -> JsonResponse:
    by: ApiKey = request.auth  # type: ignore[attr-defined]
    if SCOPE not in by.scopes:
        return _refusal(403, "This key may not ask for messages.")
    found = ServiceCall.objects.select_related("service").filter(pk=call_id).first()
    return JsonResponse(_about(found)) if found else _refusal(404, "There is no such call.")


def _about(found: ServiceCall) -> dict[str, Any]:
    tried = Delivery.objects.filter(message=found.service.message_id, occurrence=found.pk).order_by("attempt")
    return {
        "id": found.pk,
        "message": found.service.key,
        "reference": found.reference,
        "deliveries": [
            {"channel": each.channel, "state": each.state, "reason": each.reason} for each in tried
        ],
    }


def _refusal(status: int, sentence: str, faults: dict[str, str] | None = None) -> JsonResponse:
    listed = [{"field": field, "reason": reason} for field, reason in (faults or {}).items()]
    return refusals.answer(status, sentence, more={"faults": listed} if listed else None)


@api_routers.register
class Messages(ApiRouter):
    key = "messages"
    router = router
