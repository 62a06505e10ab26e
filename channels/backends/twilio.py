"""SMS and WhatsApp by Twilio's REST interface: one call per message, over several kept connections.

Twilio has no key that would make a repeated call harmless. So whatever may have reached it without an answer is
unknown, and never sent again by itself.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels import inbound
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
    secret,
    shortened,
)
from channels.backends.lanes import Lanes
from channels.models import Account, Channel
from channels.twilio import codes
from channels.twilio.account import ACCOUNT_SID, NUMBER, SERVICE_SID, SHORT_CODE, WORD, TwilioForm
from config import http
from config.http import MaybeSent, NotSent, Session

API = "https://api.twilio.com"
CONNECTIONS = 8
NO_WINDOW = Outcome(Kind.ADDRESS, detail="outside the 24 hours, and without a template", suppress=False)


class Place(NamedTuple):
    """How and as whom an account calls. `sender`: From or MessagingServiceSid."""

    url: str
    authorization: str
    sender: Mapping[str, str]
    account: Account

    def form(self, call: Call, *, in_window: bool) -> dict[str, str]:
        prefix = "whatsapp:" if call.channel == Channel.WHATSAPP else ""
        form = {"To": prefix + call.recipient, **self.sender}
        if call.channel == Channel.WHATSAPP and not in_window:
            form["ContentSid"] = str(call.parts["template"])
            variables = call.parts.get("variables") or {}
            if variables:
                form["ContentVariables"] = json.dumps(variables, ensure_ascii=False)
        else:
            form["Body"] = call.text.strip()
        if settings.PUBLIC_URL.startswith("https://"):  # Twilio refuses any that it could not call
            form["StatusCallback"] = self._callback(call)
        return form

    def _callback(self, call: Call) -> str:
        reference = call.message_id.strip("<>").rpartition("@")[0]
        path = reverse("twilio_status", args=[self.account.pk])
        return f"{settings.PUBLIC_URL}{path}?{urlencode({'delivery': reference})}"


class TwilioConnection:
    def __init__(self, place: Place, connections: int) -> None:
        self.place = place
        self.session = Session(connections)
        self.lanes = Lanes(connections, "twilio")

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        outcomes = dict.fromkeys((call.id for call in calls), UNSENT)
        going = self._going(calls, outcomes, at)
        done = self.lanes.work(going, lambda each: self.one(*each), is_enough, BUDGET)
        return outcomes | {going[place][0].id: outcome for place, outcome in done.items()}

    def _going(self, calls: Sequence[Call], outcomes: Outcomes, at: datetime) -> list[tuple[Call, bool]]:
        """Those to call, with whether free text may go there. To others on WhatsApp only templates may."""
        chats = [call.recipient for call in calls if call.channel == Channel.WHATSAPP]
        open_ = inbound.open_windows(self.place.account, chats, at) if chats else set()
        going = []
        for call in calls:
            in_window = call.recipient in open_
            if call.channel == Channel.WHATSAPP and not in_window and not call.parts.get("template"):
                outcomes[call.id] = NO_WINDOW
            else:
                going.append((call, in_window))
        return going

    def one(self, call: Call, in_window: bool) -> Outcome:
        headers = {
            "Authorization": self.place.authorization,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        body = urlencode(self.place.form(call, in_window=in_window)).encode()
        try:
            answer = self.session.send("POST", self.place.url, headers=headers, body=body)
        except NotSent as error:
            return Outcome(Kind.LINE, detail=shortened(error))
        except MaybeSent as error:
            return Outcome(Kind.UNKNOWN, detail=shortened(error))
        return of_answer(answer.status, answer.headers, answer.body)

    def close(self) -> None:
        self.lanes.close()
        self.session.close()


def is_enough(outcome: Outcome) -> bool:
    """The provider wants no more for now, or nothing of us."""
    return outcome.kind is Kind.US or outcome.retry_after is not None


def of_answer(status: int, headers: Mapping[str, str], body: bytes) -> Outcome:
    said = _json(body)
    code = _number(said.get("code") or said.get("error_code"))
    words = str(said.get("message") or said.get("error_message") or "")
    after = http.wait(headers.get("retry-after", ""))
    if status not in (200, 201):
        return codes.outcome(status, code, words, after)
    sid = str(said.get("sid") or "")[:120]
    if not sid:
        return Outcome(Kind.UNKNOWN, detail=f"{status} without a name for the message")
    if said.get("status") in ("failed", "undelivered", "canceled"):
        return codes.outcome(400, code, words, after)._replace(provider_id=sid)
    return Outcome(Kind.ACCEPTED, sid, shortened(_segments(said.get("num_segments"))))


def _segments(count: Any) -> str:
    return f"{_number(count)} SMS" if _number(count) else ""


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@backends.register
class Twilio(Backend):
    """Settings: account_sid, and messaging_service or sender (a number, a short code, a word of 11 signs).

    The account's secret is its auth token, which also signs what Twilio tells us.
    """

    key = "twilio"
    label = _("Twilio (SMS and WhatsApp)")
    help = _("Sends text messages and chats, tells what arrived, and hands over what people answer.")
    icon = "message"
    Form = TwilioForm
    channels = (Channel.SMS.value, Channel.WHATSAPP.value)

    def complaints(self, given: Mapping[str, Any], channel: str) -> Iterator[tuple[str, Any]]:
        sender = given.get("sender", "").strip()
        if given.get("messaging_service"):
            return
        if channel == Channel.WHATSAPP and not NUMBER.fullmatch(sender):
            yield "sender", _("WhatsApp needs the number that is registered there, such as +493012345678.")
        elif not any(kind.fullmatch(sender) for kind in (NUMBER, SHORT_CODE, WORD)):
            yield (
                "sender",
                _(
                    "Enter a number with its country code, a short code, or a word of at most 11 letters and digits;"
                    " or a messaging service below."
                ),
            )

    def connect(self, account: Account) -> Connection:
        given = account.settings
        sid = str(given.get("account_sid", ""))
        if not ACCOUNT_SID.fullmatch(sid):
            raise ValueError(f"Account {account.pk} needs Twilio's account SID (AC and 32 hex digits).")
        api = str(given.get("api_url") or API).rstrip("/")
        token = b64encode(f"{sid}:{secret(account)}".encode()).decode()
        url = f"{api}/2010-04-01/Accounts/{sid}/Messages.json"
        place = Place(url, f"Basic {token}", sender_of(account), account)
        return TwilioConnection(place, int(given.get("connections") or CONNECTIONS))


def sender_of(account: Account) -> dict[str, str]:
    """Raises ValueError for one that Twilio cannot know."""
    service, sender = (
        str(account.settings.get(name, "")).strip() for name in ("messaging_service", "sender")
    )
    if service:
        if not SERVICE_SID.fullmatch(service):
            raise ValueError(f"Account {account.pk}: a messaging service is MG and 32 hex digits.")
        return {"MessagingServiceSid": service}
    if account.channel == Channel.WHATSAPP:
        if not NUMBER.fullmatch(sender):
            raise ValueError(f"Account {account.pk} needs its WhatsApp number, such as +49301234567.")
        return {"From": f"whatsapp:{sender}"}
    if not any(kind.fullmatch(sender) for kind in (NUMBER, SHORT_CODE, WORD)):
        raise ValueError(f"Account {account.pk} needs a messaging service, a number or a word as sender.")
    return {"From": sender}
