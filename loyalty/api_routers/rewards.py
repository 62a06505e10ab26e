"""rewards: what points are given for now, claiming one, and cancelling a claim."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from ninja import Query, Router
from pydantic import Field

from customers.api.routers import ApiRouter, api_routers
from customers.api.rows import Number, Reference, Row
from customers.api.rows import Store as StoreNumber
from customers.models import ApiKey, Store
from loyalty import api_calls as calls
from loyalty.api_routers.points import Id, Said, read, write
from loyalty.models import Reward, RewardClaim
from loyalty.rewards import catalogue, claims

router = Router(tags=["rewards"])


class Asked(Row):
    program: Reference = ""
    language: Reference = Field("", description="such as de; else any that has texts")


class Claim(Row):
    customer: Number
    store: StoreNumber = Field("", description="number of the store where goods are to be handed over")


@router.get("/rewards", summary="What points are given for now")
def reward_catalogue(request: HttpRequest, asked: Query[Asked]) -> JsonResponse:
    def work(by: ApiKey, at: datetime) -> Said:
        program = calls.program(asked.program)
        rows = catalogue.given(program, at).order_by("points", "pk")
        return {"rewards": [_told(each, asked.language) for each in rows]}

    return read(request, work)


def _told(reward: Reward, language: str) -> dict[str, Any]:
    return {
        "reward": reward.pk,
        "kind": reward.kind,
        "points": reward.points,
        "left": None if reward.stock is None else reward.stock - reward.used,
        "per_customer": reward.per_customer_limit,
        "amount": reward.amount,
        "currency": reward.currency,
        "ends_on": reward.ends_on.isoformat() if reward.ends_on else None,
    } | reward.words(language)


@router.post("/rewards/{reward_id}/claims", summary="Give a customer a reward for her points")
def reward_claim(request: HttpRequest, reward_id: Id, body: Claim) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        reward = Reward.objects.select_related("program").filter(pk=reward_id).first()
        if reward is None:
            raise calls.gone("reward")
        person = calls.person(by, body.customer)
        wish = claims.Wish(reward, person, by.source, reference, _store(by, body.store))
        return _about(claims.claim(wish, at))

    return write(request, work, body.customer)


def _store(by: ApiKey, number: str) -> Store | None:
    if by.kind == ApiKey.Kind.TILL:
        return calls.store(by, number)
    store = Store.objects.filter(number=number).first() if number else by.store
    if number and store is None:
        raise calls.gone("store")
    return store


@router.post("/rewards/claims/{claim_id}/cancel", summary="Give the points back and make the code void")
def reward_claim_cancel(request: HttpRequest, claim_id: Id) -> JsonResponse:
    def work(by: ApiKey, reference: str, at: datetime) -> Said:
        made = RewardClaim.objects.filter(pk=claim_id, source=by.source).first()
        if made is None or not calls.sees(by, claims.living(made.customer_id)):
            raise calls.gone("claim")
        return _about(claims.cancel(claim_id, at))

    return write(request, work)


def _about(claim: RewardClaim) -> dict[str, Any]:
    return {
        "claim": claim.pk,
        "state": claim.state,
        "points": claim.points,
        "code": claim.code.label if claim.code else None,
    }


@api_routers.register
class RewardCalls(ApiRouter):
    key = "rewards"
    router = router
