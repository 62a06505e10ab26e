"""A client at the API's door: keys, calls and the sweeps behind it."""

import base64
import json
from typing import Any

from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, User
from customers.tracking import inbox, keys


def made(admin: User, kind: str = "server", **fields: Any) -> tuple[ApiKey, str]:
    values = {"name": kind, "kind": kind, "source": "shop", "scopes": ["track"]} | fields
    key = ApiKey(**values)
    return key, keys.make(key, admin, timezone.now())


def post(secret: str, call: str, body: Any, **headers: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    if secret and "Authorization" not in headers:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()
    kind = headers.pop("Content-Type", "application/json")
    return Client(headers=headers).post(f"/api/v1/{call}", sent, content_type=kind)


def view(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": f"m{number}",
        "userId": "u1",
        "event": "Product Viewed",
        "properties": {"sku": "MUG"},
    } | fields


def sweep() -> None:
    while inbox.sweep(timezone.now()):
        pass
