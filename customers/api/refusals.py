"""How the API says no: whatever refuses, the answer has the same five fields."""

from typing import Any

from django.db import DataError
from django.http import HttpRequest, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from config import nul

CODES = {
    400: "bad_request",
    401: "no_key",
    403: "not_allowed",
    404: "not_found",
    409: "other_request",
    413: "too_large",
    415: "packed",
    429: "too_many",
}
NO_KEY = "The key is missing, wrong, revoked or a browser's."


class Refusal(Schema):
    code: str = Field(description="a word for programs")
    field: str = Field(description="the part of the call that is wrong; empty: none in particular")
    reason: str = Field(description="what is wrong, in the language of Accept-Language where there is one")
    mend: str = Field(description="what mends it; empty where the reason says so itself")
    detail: str = Field(description="reason and mend, to be shown")


def body(code: str, reason: str, mend: str = "", field: str = "") -> dict[str, str]:
    detail = f"{reason} {mend}".strip()
    return {"code": code, "field": field, "reason": reason, "mend": mend, "detail": detail}


def answer(
    status: int,
    reason: str,
    code: str = "",
    mend: str = "",
    field: str = "",
    more: dict[str, Any] | None = None,
) -> JsonResponse:
    """Without a code of its own the refusal has that of its status. `more` stands beside the five fields."""
    said = body(code or CODES.get(status, "refused"), reason, mend, field)
    return JsonResponse(said | (more or {}), status=status)


def invalid(_request: HttpRequest, why: Any) -> JsonResponse:
    """The first wrong field, and all of them as `faults`."""
    faults = [{"field": _place(each["loc"]), "reason": each["msg"]} for each in why.errors]
    return answer(422, faults[0]["reason"], code="invalid", field=faults[0]["field"], more={"faults": faults})


def _place(loc: tuple[str | int, ...]) -> str:
    """Without where it was sent and the view's own name for a body: lines.0.amount."""
    return ".".join(map(str, loc[2 if loc[0] == "body" else 1 :]))


def unheard(_request: HttpRequest, why: Any) -> JsonResponse:
    """No key that works, or a body that is no JSON."""
    return answer(why.status_code, NO_KEY if why.status_code == 401 else f"{str(why).rstrip('.')}.")


def untold(_request: HttpRequest, why: Any) -> JsonResponse:
    """What the database cannot hold."""
    if nul.is_nul(why):
        return answer(422, "A text holds the sign NUL.", code="invalid", mend="Leave it out.")
    raise why


def take_over(api: NinjaAPI) -> None:
    api.add_exception_handler(DataError, untold)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(HttpError, unheard)


def document(schema: dict[str, Any], statuses: dict[int, str]) -> None:
    """Describe these refusals at each call of an OpenAPI document that names none of its own."""
    schema["components"]["schemas"]["Refusal"] = Refusal.json_schema()
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for calls in schema["paths"].values():
        for call in calls.values():
            answers = call["responses"]
            if {"401", 401} & answers.keys():
                continue
            named = {str(status) for status in answers}
            for status, words in statuses.items():
                if str(status) not in named:
                    answers[status] = {"description": words, "content": content}
