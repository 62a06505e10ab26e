"""POST products, orders and visits: what shops and tills tell us outside the tracking API, in lists.

A bad row is answered with its place, its field and what is wrong; its neighbours are taken.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, TypeVar

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import ValidationError

from customers import idempotency
from customers.api import refusals
from customers.api.rows import OrderRow, Orders, ProductRow, Products, VisitRow, Visits
from customers.models import ApiKey
from customers.tracking import telling

MOST_ROWS = 1_000
LONGEST_KEY = 255

router = Router(tags=["shop"])
NONE_TAKEN = {"responses": {422: {"description": "No row was taken; `refused` says why of each."}}}
R = TypeVar("R", bound=Schema)
Recorder = Callable[[ApiKey, Sequence[R], datetime], telling.Told]


@router.post(
    "/products", summary="State articles: made or changed by their article number", openapi_extra=NONE_TAKEN
)
def post_products(request: HttpRequest, body: Products) -> JsonResponse:
    return _post(request, "products", ProductRow, body.products, telling.products)


@router.post(
    "/orders", summary="State orders and refunds; a known number changes nothing", openapi_extra=NONE_TAKEN
)
def post_orders(request: HttpRequest, body: Orders) -> JsonResponse:
    return _post(request, "orders", OrderRow, body.orders, telling.orders)


@router.post("/visits", summary="State visits of stores", openapi_extra=NONE_TAKEN)
def post_visits(request: HttpRequest, body: Visits) -> JsonResponse:
    return _post(request, "visits", VisitRow, body.visits, telling.visits)


def _post(
    request: HttpRequest, scope: str, schema: type[R], rows: list[dict[str, Any]], record: Recorder[R]
) -> JsonResponse:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    sent = request.headers.get("Idempotency-Key", "")
    if key.kind == ApiKey.Kind.BROWSER or scope not in key.scopes:
        return refusals.answer(403, f"This key may not send {scope}.")
    if len(rows) > MOST_ROWS:
        return refusals.answer(413, f"At most {MOST_ROWS} rows in one call; these are {len(rows)}.")
    if len(sent) > LONGEST_KEY or "\0" in sent:
        return refusals.answer(400, f"An Idempotency-Key has at most {LONGEST_KEY} characters.")
    at = timezone.now().astimezone(UTC)
    mark = idempotency.fingerprint(request.method or "", request.path, request.body)
    try:
        status, answer = idempotency.once(key, sent, mark, at, lambda: _record(key, schema, rows, record, at))
    except idempotency.OtherRequest:
        return refusals.answer(409, "This Idempotency-Key was used for another request.")
    return JsonResponse(answer, status=status)


def _record(
    key: ApiKey, schema: type[R], rows: list[dict[str, Any]], record: Recorder[R], at: datetime
) -> idempotency.Answer:
    good: dict[int, R] = {}
    refused: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        try:
            good[place] = schema.model_validate(row)
        except ValidationError as error:
            refused += [
                {"row": place, "field": ".".join(map(str, fault["loc"])), "reason": fault["msg"]}
                for fault in error.errors()
            ]
    told = record(key, list(good.values()), at) if good else telling.Told({}, {})
    places = list(good)
    refused += [
        {"row": places[place], "field": field, "reason": reason}
        for place, (field, reason) in told.refused.items()
    ]
    accepted = len(good) - len(told.refused)
    status = 200 if accepted or not rows else 422
    return status, {
        "accepted": accepted,
        "refused": sorted(refused, key=itemgetter("row")),
        "counts": told.counts,
    }
