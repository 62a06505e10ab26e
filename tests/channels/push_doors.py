"""A shop's page at the doors of web push, as its script calls them."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from channels.push import keys, prompt
from customers.models import ApiKey
from customers.tracking import keys as api_keys
from tests.browser.shop import token
from tests.servers.push import Browser, PushService

PAGE = "https://www.shop.example"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
ASKED = f"{prompt.VERSION}-de"


def post(key: ApiKey, call: str, origin: str = PAGE, **body: Any) -> tuple[int, dict[str, Any]]:
    given = json.dumps({"writeKey": api_keys.public(key), **body})
    headers = {"Origin": origin, "User-Agent": CHROME}
    answer = Client(headers=headers).post(f"/api/v1/push/{call}", given, content_type="text/plain")
    assert answer.headers.get("Access-Control-Allow-Origin", origin) == origin
    return answer.status_code, answer.json()


def subscription(browser: Browser, **more: Any) -> dict[str, Any]:
    given = {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    return {"subscription": given, "publicKey": browser.public, "anonymousId": "v1", **more}


def browser(service: PushService) -> Browser:
    return service.browser(keys.active(timezone.now()).public)


def known(key: ApiKey, number: str = "K1") -> dict[str, str]:
    return {"userId": number, "token": token(key, number)}
