"""One call: who is meant, whether all data is there, and one planned row. The same reference has one effect."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from channels import addresses
from channels.delivery import planning
from channels.models import Channel, Delivery, MessageVersion, ServiceCall, ServiceMessage
from channels.service_messages import data as call_data
from customers.models import ApiKey
from customers.tracking import profiles, translating
from customers.tracking.messages import Message

TRAITS = {"email": "email", "phone": "phone", "language": "language"}


class Refused(Exception):
    """Nothing was done: an HTTP status, a sentence, and the places in the body that are wrong."""

    def __init__(self, status: int, sentence: str, faults: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.faults = status, sentence, dict(faults or {})


class Recipient(NamedTuple):
    """`number`: hers in the key's source. What else is said is kept with her profile when the number is given."""

    number: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""


class _One(NamedTuple):
    """An audience of one."""

    params: tuple[Any, ...]
    sql: str = "SELECT id FROM customers_customer WHERE id = %s"


def send(
    key: str, recipient: Recipient, data: dict[str, Any], reference: str, by: ApiKey, at: datetime
) -> ServiceCall:
    """Plan the message for one person. Call it in a transaction. Raises Refused."""
    service = ServiceMessage.objects.select_related("version__message").filter(key=key).first()
    version = _version(service, key)
    assert service is not None  # noqa: S101  (has a version)
    known = ServiceCall.objects.filter(service=service, reference=reference).first()
    if known is not None:
        return known
    _check(service, data)
    customer_id = _customer(recipient, by, at)
    call, made = ServiceCall.objects.get_or_create(
        service=service,
        reference=reference,
        defaults={"customer_id": customer_id, "data": data, "api_key": by, "at": at},
    )
    if made:
        planning.plan(version, call.pk, _One((customer_id,)), 0, at)
        Delivery.objects.filter(message=version.message_id, occurrence=call.pk).update(
            context={"call": call.pk}
        )
    return call


def _version(service: ServiceMessage | None, key: str) -> MessageVersion:
    if service is None:
        known = ServiceMessage.objects.filter(active=True, version__isnull=False).order_by("key")
        names = ", ".join(known.values_list("key", flat=True)[:20]) or "none yet"
        raise Refused(404, f"There is no message with the key {key!r}. There are: {names}.")
    if service.version is None:
        raise Refused(409, f"The message {key!r} has not been published yet.")
    if not service.active:
        raise Refused(409, f"The message {key!r} is switched off.")
    return service.version


def _check(service: ServiceMessage, data: dict[str, Any]) -> None:
    if len(json.dumps(data, ensure_ascii=False).encode()) > call_data.MOST_BYTES:
        raise Refused(413, f"The data of a call may have {call_data.MOST_BYTES} bytes.")
    missing = call_data.missing(service.wants, data)
    if missing:
        faults = {f"data.{place}": "is missing; send an empty text for nothing" for place in missing}
        raise Refused(422, "The message reads data that the call does not have.", faults)


def _customer(recipient: Recipient, by: ApiKey, at: datetime) -> int:
    if recipient.number:
        return _numbered(recipient, by, at)
    if not recipient.email:
        raise Refused(422, "Nobody is named.", {"to": "needs a customer number or an e-mail address"})
    hers = addresses.sharing(Channel.EMAIL, recipient.email)
    found = hers.order_by("pk").values_list("pk", flat=True).first()
    if found is None:
        sentence = "is nobody's that we know; name her customer number beside it, and she is made"
        raise Refused(422, "This person is not known.", {"to.email": sentence})
    return found


def _numbered(recipient: Recipient, by: ApiKey, at: datetime) -> int:
    """The customer with this number, made if need be, with what the call says of her."""
    said = recipient._asdict()
    traits = {trait: said[name] for name, trait in TRAITS.items() if said[name]}
    stamp = at.astimezone(UTC).isoformat()
    told = Message("identify", f"call {recipient.number} {stamp}", stamp, recipient.number, traits=traits)
    translating.apply(by, [told], at)
    party = profiles.known({recipient.number}, by.source)[recipient.number]
    if party.erased:
        raise Refused(409, "This person was erased and is not written to.")
    return party.customer_id
