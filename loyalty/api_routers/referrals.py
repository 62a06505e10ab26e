"""referrals: who recommended a new customer, and a member's own code for her page in the shop."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from customers import idempotency
from customers.api.routers import ApiRouter, api_routers
from customers.api.rows import Number, Row
from loyalty import api_calls as calls
from loyalty.api_calls import Faulty, Whom
from loyalty.models import Referral
from loyalty.referrals import claims, codes
from loyalty.referrals.claims import Claim

SCOPE = "referrals"
router = Router(tags=["referrals"])


class ClaimRow(Row):
    """`code` as she typed it, or `link`: what the referral link brought along."""

    customer: Number
    code: Annotated[str, Field(max_length=200)] = ""
    link: str = ""


class Member(Row):
    customer: Number


@router.post("/referrals", summary="Say that a new customer came by this code")
def referral_claim(request: HttpRequest, body: ClaimRow) -> JsonResponse:
    def work(_reference: str, at: datetime) -> idempotency.Answer:
        opened = codes.opened(body.link, at) if body.link else codes.Opened(body.code, None)
        if opened is None or not opened.code:
            raise Faulty(_("Name a code, or what its link brought along."), "link" if body.link else "code")
        found = calls.person(calls.key_of(request), body.customer, 422)
        made = claims.claim(Claim(opened.code, found, Referral.Source.API, opened.at), at)
        return 200, {"referral": made.pk, "state": made.state}

    return calls.written(request, SCOPE, timezone.now(), work, whom=Whom(body.customer))


@router.post("/referrals/code", summary="A member's own referral code and link")
def referral_code(request: HttpRequest, body: Member) -> JsonResponse:
    """Drawn when it is first asked for, and the same ever after."""

    def work() -> dict[str, Any]:
        found = calls.person(calls.key_of(request), body.customer, 422)
        code = codes.of([found], timezone.now())[found]
        return {"code": code.label, "link": codes.link(code)}

    return calls.asked(request, SCOPE, work, whom=Whom(body.customer))


@api_routers.register
class Referrals(ApiRouter):
    key = "referrals"
    router = router
