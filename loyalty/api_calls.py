"""What the calls of loyalty's API have in common: who calls, about whom, once per key, how a refusal is answered.

Whatever refuses, the answer has the fields of customers/api/refusals.py."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

from babel.numbers import get_currency_precision
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import client, formats
from customers import idempotency
from customers.api import refusals
from customers.models import ApiKey, Store
from customers.tracking import profiles
from loyalty import bookings, programs
from loyalty.coupons import guessing
from loyalty.coupons.guessing import Caller
from loyalty.coupons.offers import DamagedRule
from loyalty.coupons.redemptions import OtherRedemption
from loyalty.gift_cards.bookings import OtherBooking
from loyalty.models import Program
from loyalty.refusals import Refusal
from loyalty.rewards.refusals import OTHER_REQUEST
from loyalty.till import daily, lookups, reach
from loyalty.till.lookups import Who
from loyalty.till.refusals import NotGiven

LONGEST_KEY = 100  # a redemption keeps it
KEY = "Idempotency-Key"
USED = (idempotency.OtherRequest, OtherRedemption, OtherBooking, bookings.OtherBooking)
Work = Callable[[str, datetime], idempotency.Answer]


class Faulty(Exception):
    """A call that cannot be done: what is wrong, the field, and what mends it. Its code is the field's name, unless it
    has one of its own."""

    def __init__(
        self, reason: str, field: str = "", status: int = 422, code: str = "", mend: str = ""
    ) -> None:
        super().__init__(reason)
        self.reason, self.field, self.status, self.mend = reason, field, status, mend
        self.code = code or field


REFUSING = (Faulty, Refusal, *USED, bookings.NobodyThere, DamagedRule)


def key_of(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


@dataclass(frozen=True)
class Whom:
    """The customer that a call names by her number, "" where it may name nobody; `status` answers an unknown one."""

    number: str
    status: int = 422


def asked(
    request: HttpRequest,
    scope: str,
    work: Callable[[], Any],
    *or_scopes: str,
    whom: Whom | None = None,
    redeeming: bool = False,
) -> JsonResponse:
    """Answer a call of a key with one of these scopes with what `work` gives, or say why not. Whoever asks about a
    customer names her as `whom`, so that a till's guesses are counted before anything is opened for the work; what is
    `redeeming`, or signs somebody up, a till may do so often a day."""
    try:
        if not {scope, *or_scopes} & set(key_of(request).scopes):
            mend = _("Have “%s” ticked on a new key.") % scope
            raise Faulty(_("This key may not do that."), status=403, code="not_allowed", mend=mend)
        _count(key_of(request), whom, redeeming)
        answer = work()
    except guessing.TooMany:
        return held_back()
    except lookups.TooMany as many:
        return too_many(many)
    except daily.DayFull as full:
        reason = _(
            "This key has redeemed, booked, taken back and signed up %s times today: no more until tomorrow."
        )
        return held_back(full.minutes, reason % formats.number(full.most))
    except REFUSING as why:
        return refusal(_fault(why))
    return answer if isinstance(answer, JsonResponse) else JsonResponse(answer)


def _fault(why: Exception) -> Faulty:
    """What a refusal of any part of loyalty comes to."""
    if isinstance(why, Faulty):
        return why
    if isinstance(why, Refusal):
        status = 409 if isinstance(why, NotGiven) or why.code == OTHER_REQUEST else 422
        return Faulty(why.sentence, why.field, status, why.code, why.mend)
    if isinstance(why, USED):
        mend = _("Use a new key for each new wish.")
        return Faulty(_("This key was used for something else."), KEY, 409, OTHER_REQUEST, mend)
    if isinstance(why, bookings.NobodyThere):
        return _nobody(404)
    mend = _("Open it in the coupon editor.")
    return Faulty(_("A rule of this coupon cannot be read."), "code", 409, "damaged_rule", mend)


def refusal(why: Faulty) -> JsonResponse:
    return refusals.answer(why.status, why.reason, code=why.code, mend=why.mend, field=why.field)


def too_many(many: lookups.TooMany) -> JsonResponse:
    reason = _("This key has looked up as much as it may in a day.") if many.daily else ""
    return held_back(many.minutes, reason)


def held_back(minutes: int = 1, reason: str = "") -> JsonResponse:
    mend = _("Go on in %s min.") % formats.number(minutes)
    answer = refusals.answer(429, reason or _("Too much that nobody knows."), mend=mend)
    answer["Retry-After"] = str(minutes * guessing.MINUTE)
    return answer


def written(
    request: HttpRequest,
    scope: str,
    at: datetime,
    work: Work,
    caller: Caller | None = None,
    longest: int = LONGEST_KEY,
    whom: Whom | None = None,
    redeeming: bool = False,
) -> JsonResponse:
    """Like `asked`, for a call that writes: once for each Idempotency-Key, which `work` gets as its reference. A call
    that is refused uses up nothing, and one that is repeated is not counted again."""

    def once() -> JsonResponse:
        key, reference = key_of(request), _reference(request, longest)
        mark = idempotency.fingerprint(request.method or "", request.path, request.body)
        if before := idempotency.answered(key, reference, mark):
            return JsonResponse(before[1], status=before[0])
        _count(key, whom, redeeming)

        def answer() -> idempotency.Answer:
            return idempotency.once(key, reference, mark, at, lambda: work(reference, at))

        if caller is None:
            status, body = answer()
        else:
            with guessing.attempt(caller, at):
                status, body = answer()
        return JsonResponse(body, status=status)

    return asked(request, scope, once)


def _reference(request: HttpRequest, longest: int) -> str:
    sent = request.headers.get(KEY, "")
    if not 0 < len(sent) <= longest or not sent.isprintable():
        reason = _("The header Idempotency-Key is missing or too long.")
        mend = _("Name the case in it, in at most %s characters.") % longest
        raise Faulty(reason, KEY, 400, "idempotency_key", mend)
    return sent


def caller(request: HttpRequest, door: str, key: ApiKey | None, visitor: str = "") -> Caller:
    return Caller(door, key, client.address(request), visitor)


def source(key: ApiKey) -> str:
    """What a shop's references belong to; a key that takes another's place goes on with them."""
    return key.source[:40]


def digest(key: ApiKey, reference: str) -> str:
    """A caller's key in the length that the ledger has for it."""
    return hashlib.sha256(f"{key.source}\0{reference}".encode()).hexdigest()


# --- What a call names. Each raises Faulty. ---


def store(key: ApiKey, number: str) -> Store | None:
    """The store of the call: a till's own, whatever it says."""
    if key.kind == ApiKey.Kind.TILL:
        if key.store is None or number not in ("", key.store.number):
            reason, mend = _("This key belongs to a till of another store."), _("Leave the store out.")
            raise Faulty(reason, "store", 403, mend=mend)
        return key.store
    if not number:
        return None
    found = Store.objects.filter(number=number).first()
    if found is None:
        raise Faulty(_("There is no store “%s”.") % number[:40], "store", mend=_("Send the store's number."))
    return found


def customer(key: ApiKey, number: str, status: int = 422) -> int | None:
    """The living customer with this number of the key's source; None where none is named."""
    return person(key, number, status) if number else None


def person(key: ApiKey, number: str, status: int = 404) -> int:
    """Whom the key sees by this number: a till those whom its store could find, and nobody else."""
    found = profiles.living(number, key.source)
    if found is None or not sees(key, found):
        raise _nobody(status)
    return found


def sees(key: ApiKey, customer_id: int) -> bool:
    return key.kind != ApiKey.Kind.TILL or reach.sees(key.store, customer_id)


def _count(key: ApiKey, whom: Whom | None, redeeming: bool) -> None:
    if redeeming:
        daily.count(key, timezone.now())
    _look_up(key, whom)


def _look_up(key: ApiKey, whom: Whom | None) -> None:
    """A till is counted and held back as at its own page, in a transaction of its own: no refusal undoes it."""
    if whom is None or not whom.number or key.kind != ApiKey.Kind.TILL or key.store is None:
        return
    found = profiles.living(whom.number, key.source)
    if not lookups.sees(found, Who(key.store, api_key=key), timezone.now()):
        raise _nobody(whom.status)


def _nobody(status: int) -> Faulty:
    mend = _("Send her order or her profile first, with the same number.")
    return Faulty(_("There is no customer with this number."), "customer", status, mend=mend)


def program(key: str = "") -> Program:
    """The programme that is named, or the oldest active one, else the oldest: what was given in it can be spent."""
    found = Program.objects.filter(key=key).first() if key else programs.current()
    return found or _no_program()


def earning_program(key: str = "") -> Program:
    """The same for points that are given: only by one that is active."""
    found = program(key)
    return found if found.active else _no_program()


def _no_program() -> NoReturn:
    mend = _("Have one made or switched on under Loyalty.")
    raise Faulty(_("There is no such points programme."), "program", 404, mend=mend)


def gone(field: str) -> Faulty:
    mend = _("Use the id that an earlier call has answered.")
    return Faulty(_("There is no such record."), field, 404, mend=mend)


# --- Amounts ---


def minor(amount: Decimal, currency: str, field: str) -> int:
    """Major units as they are written in calls, in minor units. Raises Faulty for more digits than there are."""
    digits = get_currency_precision(currency)
    scaled = amount.scaleb(digits)
    if scaled != scaled.to_integral_value():
        said = {"currency": currency, "digits": digits}
        reason = _("An amount in %(currency)s has at most %(digits)s digits behind the point.") % said
        raise Faulty(reason, field, code="amount", mend=_("Round it."))
    return int(scaled)


def major(amount: int, currency: str) -> str:
    return str(formats.major(amount, currency))
