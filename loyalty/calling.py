"""What the calls of the points API share: who may, about whom, once per key, and faults as sentences."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import idempotency
from customers.models import ApiKey
from customers.tracking import profiles
from loyalty import programs
from loyalty.bookings import NobodyThere, OtherBooking
from loyalty.models import Program
from loyalty.rewards.refusals import Refused

READ, BOOK = "points_read", "points"
LONGEST_KEY = 255
Answer = dict[str, Any]


class Fault(Exception):
    """An answer that refuses: `field` of the call, why, and what mends it."""

    def __init__(self, status: int, field: str, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.status, self.field, self.reason, self.mend = status, field, reason, mend

    @property
    def answer(self) -> JsonResponse:
        said = {"field": self.field, "reason": self.reason, "mend": self.mend}
        return JsonResponse({"detail": f"{self.reason} {self.mend}"} | said, status=self.status)


def read(request: HttpRequest, work: Callable[[ApiKey, datetime], Answer]) -> JsonResponse:
    """Answer a call that changes nothing."""
    try:
        return JsonResponse(work(_key(request, READ), timezone.now()))
    except Fault as fault:
        return fault.answer


def write(request: HttpRequest, work: Callable[[ApiKey, str, datetime], Answer]) -> JsonResponse:
    """Answer a call that books, once per Idempotency-Key. `work` gets that key too, as its own key for what it writes.
    A refused call uses up nothing."""
    try:
        by, at = _key(request, BOOK), timezone.now()
        reference = _reference(request)
        mark = idempotency.fingerprint(request.method or "", request.path, request.body)
        with transaction.atomic():
            status, answer = idempotency.once(by, reference, mark, at, lambda: (200, work(by, reference, at)))
    except Fault as fault:
        return fault.answer
    except Refused as why:
        return _refusal(why)
    except (idempotency.OtherRequest, OtherBooking):
        return _refusal(Refused("other"))
    except NobodyThere:
        return _nobody().answer
    return JsonResponse(answer, status=status)


def _refusal(why: Refused) -> JsonResponse:
    status = 409 if why.code == "other" else 422
    return Fault(status, why.field, why.reason, why.mend).answer


def _key(request: HttpRequest, scope: str) -> ApiKey:
    """Whoever may book may read."""
    by: ApiKey = request.auth  # type: ignore[attr-defined]
    if scope in by.scopes or (scope == READ and BOOK in by.scopes):
        return by
    raise Fault(403, "key", _("This key may not do that."), _("Have “%s” ticked on a new key.") % scope)


def _reference(request: HttpRequest) -> str:
    sent = request.headers.get("Idempotency-Key", "")
    if not sent or len(sent) > LONGEST_KEY or "\0" in sent:
        reason = _("The header Idempotency-Key is missing or too long.")
        mend = _("Name the case in it, in at most %s characters.") % LONGEST_KEY
        raise Fault(400, "Idempotency-Key", reason, mend)
    return sent


def _nobody() -> Fault:
    reason = _("There is no customer with this number.")
    return Fault(404, "customer", reason, _("Send her order or her profile first, with the same number."))


def customer(by: ApiKey, number: str) -> int:
    """Her by her number in the key's source. Raises Fault."""
    found = profiles.living(number, by.source)
    if found is None:
        raise _nobody()
    return found


def program(key: str = "") -> Program:
    """The programme that is named, or the oldest active one. Raises Fault."""
    active = programs.active()
    found = (active.filter(key=key) if key else active).first()
    if found is None:
        mend = _("Have one made or switched on under Loyalty.")
        raise Fault(404, "program", _("There is no such points programme."), mend)
    return found


def digest(by: ApiKey, reference: str) -> str:
    """A caller's key in the length that the ledger has for it."""
    return hashlib.sha256(f"{by.source}\0{reference}".encode()).hexdigest()


def gone(field: str) -> Fault:
    return Fault(
        404, field, _("There is no such record."), _("Use the id that an earlier call has answered.")
    )
