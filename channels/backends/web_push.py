"""Web push: each browser's own push service, called with a message that only this browser can open.

One call of ours is one person: it goes to all of her browsers, and is taken over if one of them takes it. A repeat
takes the place of what waits for a browser that is off (Topic), and of what it shows (tag).
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels.backends.base import (
    BUDGET,
    UNSENT,
    Backend,
    Call,
    Connection,
    Kind,
    Outcome,
    Outcomes,
    backends,
    shortened,
)
from channels.backends.lanes import Lanes
from channels.models import Account, Channel, VapidKey
from channels.push import answers, devices, encryption, keys, payload, services
from channels.push.account import CONTACT, DAYS, WebPushForm
from channels.push.answers import Answer, Fate
from channels.push.devices import Device
from channels.push.keys import Lost, Signer
from config.http import Forbidden, MaybeSent, NotSent, Session

LANES = 32
# Of each lane, one to each of the services: a pool that all lanes share would look at all of its connections each time.
CONNECTIONS = 4
TIMEOUT = 10.0


class WebPushConnection:
    def __init__(self, account: Account, contact: str) -> None:
        self.contact = contact
        self.days = int(account.settings.get("days") or DAYS)
        self.here, self.sessions = threading.local(), list[Session]()
        self.lanes = Lanes(LANES, "web-push")
        self.signers: dict[int, Signer] = {}

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        outcomes = dict.fromkeys((call.id for call in calls), UNSENT)
        going = [call for call in calls if self._ttl(call, at) > 0]
        found = devices.of({call.recipient for call in going})
        try:
            self._meet({device.key_id for each in found.values() for device in each})
        except Lost as error:
            return outcomes | {call.id: Outcome(Kind.US, detail=shortened(error)) for call in going}
        work = [(call, found.get(call.recipient, [])) for call in going]
        done = self.lanes.work(work, lambda each: self._one(*each, at), is_enough, BUDGET)
        return outcomes | self._judge({going[place].id: said for place, said in done.items()}, at)

    def _ttl(self, call: Call, at: datetime) -> int:
        """Seconds for which a push service may keep it: never beyond what it is about."""
        end = at + timedelta(days=self.days)
        return int((min(end, call.expires_at or end, call.ends_at or end) - at).total_seconds())

    def _meet(self, key_ids: set[int]) -> None:
        for key in VapidKey.objects.filter(pk__in=key_ids - self.signers.keys()):
            self.signers[key.pk] = Signer(key, self.contact)

    def _one(self, call: Call, found: Sequence[Device], at: datetime) -> list[Answer]:
        body = payload.build(call, report_url() if call.tracked else "")
        headers = {
            "TTL": str(self._ttl(call, at)),
            "Urgency": "high" if call.urgent else "normal",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }
        if call.topic:
            headers["Topic"] = call.topic[:32]
        return [self._device(device, body, headers, at) for device in found]

    def _device(self, device: Device, body: bytes, headers: Mapping[str, str], at: datetime) -> Answer:
        try:
            origin = services.origin(device.endpoint)
            signed = {"Authorization": self.signers[device.key_id].authorization(origin, at)}
            sealed = encryption.seal(body, device.p256dh, device.auth)
            said = self._session().send(
                "POST", device.endpoint, headers={**headers, **signed}, body=sealed, timeout=TIMEOUT
            )
        except (Forbidden, encryption.BadKey) as error:
            return Answer(device.id, Fate.REFUSED, detail=shortened(error))
        except NotSent as error:
            return Answer(device.id, Fate.LINE, detail=shortened(error))
        except MaybeSent as error:
            return Answer(device.id, Fate.UNKNOWN, detail=shortened(error))
        return answers.of_answer(device.id, said.status, said.headers, said.body)

    def _session(self) -> Session:
        """This lane's own."""
        if not hasattr(self.here, "session"):
            self.here.session = Session(CONNECTIONS)
            self.sessions.append(self.here.session)
        session: Session = self.here.session
        return session

    def _judge(self, said: Mapping[int, Sequence[Answer]], at: datetime) -> Outcomes:
        """Write down what became of the browsers, and say what that means for each message."""
        every = [answer for each in said.values() for answer in each]
        devices.took({each.device_id for each in every if each.fate is Fate.TAKEN}, at)
        devices.end({each.device_id for each in every if each.fate is Fate.GONE}, devices.Reason.GONE, at)
        refused = {each.device_id for each in every if each.fate is Fate.REFUSED}
        if answers.is_ours(every):
            said = {call_id: [_as_ours(each) for each in given] for call_id, given in said.items()}
            refused = set()
        given_up = devices.refused(refused, at) if refused else set()
        return {call_id: answers.outcome(given, given_up) for call_id, given in said.items()}

    def close(self) -> None:
        self.lanes.close()
        for session in self.sessions:
            session.close()


def _as_ours(answer: Answer) -> Answer:
    return answer._replace(fate=Fate.US) if answer.fate is Fate.REFUSED else answer


def is_enough(said: Sequence[Answer]) -> bool:
    return any(each.fate is Fate.US or each.retry_after is not None for each in said)


def report_url() -> str:
    return f"{settings.PUBLIC_URL}{reverse('api:push_report')}"


@backends.register
class WebPush(Backend):
    """Settings: contact (an address that push services can write to), days that a message may wait, ask_again."""

    key = "web_push"
    label = _("Web push")
    help = _(
        "Shows short messages on customers' screens, by their browsers' own services. Needs no contract."
    )
    icon = "bell"
    Form = WebPushForm
    channels = (Channel.PUSH.value,)
    has_secret = False

    def complaints(self, given: Mapping[str, Any], channel: str) -> Iterator[tuple[str, Any]]:
        contact = str(given.get("contact") or "")
        if contact and not CONTACT.fullmatch(contact):
            yield "contact", _("Enter an e-mail address such as shop@example.com, or an address with https.")

    def saved(self, account: Account, at: datetime) -> None:
        keys.active(at)

    def connect(self, account: Account) -> Connection:
        contact = str(account.settings.get("contact") or "")
        if not CONTACT.fullmatch(contact):
            raise ValueError(f"Account {account.pk} needs a contact: an e-mail address or one with https.")
        return WebPushConnection(account, contact if "://" in contact else f"mailto:{contact}")
