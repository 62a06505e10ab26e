"""A customer who is signed in at a shop's page, messages that lie ready for her, and the calls of the page's script."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.test import Client

from channels import consent
from channels.models import Account, Delivery, InboxMessage
from customers.models import ApiKey, Customer, Identity, User, Visitor
from customers.tracking import keys
from tests.channels import mails, people, runs
from tests.customers.door import made

ORIGIN = "https://linden.example"
VISITOR = "visitor-of-anna"


def signed(key: ApiKey, number: str, **claims: Any) -> str:
    until = int((datetime.now(UTC) + timedelta(minutes=5)).timestamp())
    return jwt.encode({"sub": number, "exp": until} | claims, keys.identity_secret(key), "HS256")


def known(number: str = "17", source: str = "shop", **fields: Any) -> Customer:
    """A customer with a number in the shop, who wants messages there and agrees to be tracked."""
    person = Customer.objects.create(**{"first_name": "Anna", "language": "de"} | fields)
    Identity.objects.create(customer=person, source=source, number=number)
    yes = vars(people.yes(person)) | {"channel": "in_app"}
    consent.record([consent.Statement(**yes | {"purpose": p}) for p in ("sending", "tracking")], people.NOON)
    return person


def written(*blocks: dict[str, Any], subject: str = "Nur heute", **options: Any) -> Any:
    """A frozen message for the shop's pages with these options."""
    mails.shop()
    Account.objects.get_or_create(name="in_app", defaults={"backend": "in_app", "channel": "in_app"})
    message = mails.message(*blocks, channels=["in_app"])
    for content in message.contents.all():
        content.subject, content.options = subject, content.options | options
        content.save()
    return runs.versions.freeze(message, None)


def sent(*blocks: dict[str, Any], **given: Any) -> list[Delivery]:
    """Such a message, sent by the real backend to everybody who is allowed."""
    version = written(*blocks, **given)
    planned = runs.planned(version, due_at=datetime.now(UTC))
    runs.send_all(datetime.now(UTC))
    return list(Delivery.objects.filter(pk__in=[row.pk for row in planned]).order_by("pk"))


@dataclass
class Page:
    """The script in a page of `key`; it remembers the pass that it was given."""

    key: ApiKey
    visitor: str = VISITOR
    token: str = ""
    session: str = "window-1"
    given: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})

    def call(self, path: str = "inbox", **more: Any) -> Any:
        body = {
            "writeKey": keys.public(self.key),
            "anonymousId": self.visitor,
            "token": self.token,
            "pass": self.given,
            "session": self.session,
        } | more
        answer = Client(headers=self.headers).post(
            f"/api/v1/{path}", json.dumps(body).encode(), content_type="text/plain"
        )
        self.given = answer.json().get("pass") or self.given
        return answer

    @property
    def messages(self) -> list[dict[str, Any]]:
        answer = self.call()
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    def do(self, what: str, row: InboxMessage, **more: Any) -> Any:
        return self.call("inbox/acts", acts=[{"key": str(row.key), "what": what} | more])


def opened(admin: User, number: str = "17", **fields: Any) -> Page:
    key, _secret = made(admin, "browser", scopes=[], origins=[ORIGIN])
    return Page(key, token=signed(key, number), **fields)


def belongs(visitor: str, to: Customer) -> Visitor:
    return Visitor.objects.create(anonymous_id=visitor, customer=to)
