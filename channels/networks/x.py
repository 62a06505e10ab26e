"""Posts on X by its API v2: the picture's bytes first, then the post.

https://docs.x.com/x-api/posts/create-post and https://docs.x.com/x-api/media/upload-media - signed with the four keys
of OAuth 1.0a, which do not run out, or with an OAuth 2 user token. X counts as its rules say
(https://docs.x.com/fundamentals/counting-characters): an address is 23, most signs outside the Latin ones and an emoji
are 2. It refuses the same words posted twice, which is taken as doubt and looked up.
"""

import base64
import json
import re
import time
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from oauthlib import oauth1

from channels.models import SocialAccount
from channels.networks import web
from channels.networks.base import (
    Call,
    Connection,
    Found,
    Hand,
    Kind,
    Network,
    Outcome,
    Presence,
    Text,
    networks,
    secret,
)
from config.http import CallError, Session

HOST = "https://api.x.com"
READ = 50
KEYS = ("CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN", "TOKEN_SECRET")
# Without a scheme too, as X does; an unknown ending counts as an address, since too long is worse than too short.
ADDRESS = re.compile(
    r"https?://[^\s<>\"]+|(?<![\w@.-])(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}\b(?:/[^\s<>\"]*)?", re.IGNORECASE
)
ADDRESS_LENGTH = 23
LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # the ranges of weight 1 in X's configuration
JOINER, SELECTORS, SKIN = "\u200d", ("\ufe0e", "\ufe0f"), range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)


class XForm(forms.Form):
    handle = forms.RegexField(
        r"^@?[A-Za-z0-9_]{1,15}$",
        label=_("Name on X"),
        help_text=_("Such as @linden. It is only shown; which account posts is decided by the keys."),
        error_messages={"invalid": _("A name on X has up to 15 letters, digits and underscores.")},
    )


class Signature:
    """What stands as Authorization: OAuth 1.0a over method and address, or a bearer token."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self.keys = keys

    def headers(self, method: str, url: str) -> dict[str, str]:
        if not self.keys.get("CONSUMER_KEY"):
            return {"Authorization": f"Bearer {self.keys['TOKEN']}"}
        client = oauth1.Client(
            self.keys["CONSUMER_KEY"],
            client_secret=self.keys["CONSUMER_SECRET"],
            resource_owner_key=self.keys["TOKEN"],
            resource_owner_secret=self.keys["TOKEN_SECRET"],
        )
        _url, signed, _body = client.sign(url, http_method=method)
        return {"Authorization": signed["Authorization"]}


class XAccount:
    def __init__(self, host: str, keys: Mapping[str, str]) -> None:
        self.host, self.signature = host.rstrip("/"), Signature(keys)
        self.session = Session(2)

    def publish(self, call: Call, hand: Hand) -> Outcome:
        try:
            media = self._media(call, hand)
        except CallError as error:
            return web.broken(error, public=False)
        if isinstance(media, Outcome):
            return media
        hand.go()
        said: dict[str, Any] = {"text": X().written(call.content)}
        if media:
            said["media"] = {"media_ids": [media]}
        try:
            reply = self._post("2/tweets", said)
        except CallError as error:
            return web.broken(error, public=True)
        return self._posted(reply)

    def _posted(self, reply: web.Reply) -> Outcome:
        if not reply.good:
            return fault(reply, public=True)
        made = str(_object(reply.said.get("data")).get("id") or "")
        if not made:
            return Outcome(Kind.UNKNOWN, "no_answer", web.words(reply, ""))
        return Outcome(Kind.POSTED, provider_id=made[:120], permalink=_address(made))

    def _media(self, call: Call, hand: Hand) -> str | Outcome:
        """The id of the uploaded picture, which X keeps for a day; "" for a post without one."""
        if call.prepared or not call.content.picture:
            return call.prepared
        found = web.picture(self.session, call.content.picture)
        if isinstance(found, Outcome):
            return found
        upload = {"media": base64.b64encode(found).decode(), "media_category": "tweet_image"}
        reply = self._post("2/media/upload", upload)
        made = str(_object(reply.said.get("data")).get("id") or "") if reply.good else ""
        if not made:
            return fault(reply, public=False, field="picture")
        if call.content.alt:
            said = {"id": made, "metadata": {"alt_text": {"text": call.content.alt[:1000]}}}
            self._post("2/media/metadata", said)
        hand.keep(made[:120])
        return made

    def find(self, call: Call, since: datetime) -> Found:
        try:
            me = self._get("2/users/me")
            number = str(_object(me.said.get("data")).get("id") or "")
            if not number:
                return Found(Presence.CANNOT, outcome=fault(me, public=False))
            asked = {
                "max_results": str(READ),
                "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
                "tweet.fields": "created_at,entities",
            }
            reply = self._get(f"2/users/{number}/tweets", asked)
        except CallError as error:
            return Found(Presence.CANNOT, outcome=web.broken(error, public=False))
        if not reply.good:
            return Found(Presence.CANNOT, outcome=fault(reply, public=False))
        posts = web.rows(reply.said.get("data"))
        for post in posts:
            if is_ours(post, call.content):
                return Found(Presence.HERE, str(post.get("id", "")), _address(str(post.get("id", ""))))
        # A list that goes on, or an answer that is none, may still hide it.
        whole = "meta" in reply.said and not _object(reply.said["meta"]).get("next_token")
        return Found(Presence.ABSENT if whole else Presence.CANNOT)

    def who(self) -> str | Outcome:
        try:
            reply = self._get("2/users/me")
        except CallError as error:
            return web.broken(error, public=False)
        found = str(_object(reply.said.get("data")).get("username") or "")
        return f"@{found}" if reply.good and found else fault(reply, public=False)

    def _post(self, path: str, said: Mapping[str, Any]) -> web.Reply:
        url = f"{self.host}/{path}"
        headers = {"Content-Type": "application/json", **self.signature.headers("POST", url)}
        return web.call(self.session, "POST", url, headers=headers, body=json.dumps(said).encode())

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> web.Reply:
        url = f"{self.host}/{path}" + (f"?{urlencode(query)}" if query else "")
        return web.call(self.session, "GET", url, headers=self.signature.headers("GET", url))

    def close(self) -> None:
        self.session.close()


def _address(post: str) -> str:
    return f"https://x.com/i/status/{post}"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def is_ours(post: Mapping[str, Any], content: Text) -> bool:
    """By the tracked link behind X's own short one; a post without a link by its words."""
    links = web.rows(_object(post.get("entities")).get("urls"))
    if content.link:
        return any(content.link in (each.get("expanded_url"), each.get("unwound_url")) for each in links)
    said = re.sub(r"https://t\.co/\S+", "", str(post.get("text") or ""))
    ours = ADDRESS.sub("", content.text)
    return said.split() == ours.split()


def fault(reply: web.Reply, *, public: bool, field: str = "text") -> Outcome:
    errors = web.rows(reply.said.get("errors"))
    first = errors[0] if errors else {}
    said = str(reply.said.get("detail") or first.get("message") or first.get("detail") or "")
    detail = web.words(reply, said)
    again = Outcome(Kind.UNKNOWN, "no_answer", detail) if public else Outcome(Kind.LINE, "line", detail)
    match reply.status:
        case 401:
            return Outcome(Kind.ACCOUNT, "token_expired", detail)
        case 402:
            return Outcome(Kind.ACCOUNT, "credits", detail)
        case 403 if "duplicate" in said.lower():
            return again
        case 403:
            return Outcome(Kind.ACCOUNT, "forbidden", detail)
        case 429:
            return Outcome(Kind.LINE, "rate", detail, retry_after=web.wait(reply.headers, time.time()))
        case status if 400 <= status < 500:
            return Outcome(Kind.CONTENT, "content", detail, field)
    return again


def weight(text: str) -> int:
    """The length of a text as X counts it."""
    text = unicodedata.normalize("NFC", text)
    addresses = len(ADDRESS.findall(text))
    return addresses * ADDRESS_LENGTH + sum(_weights(ADDRESS.sub("", text)))


def _weights(text: str) -> list[int]:
    """An emoji is 2 however many code points it is made of."""
    weights: list[int] = []
    joined, flag = False, False
    for sign in text:
        code = ord(sign)
        if sign == JOINER and weights:
            joined = True
        elif sign in SELECTORS or code in SKIN or joined:
            joined = False
        elif flag and code in FLAGS:
            flag = False
        else:
            flag = code in FLAGS
            weights.append(1 if any(low <= code <= high for low, high in LIGHT) else 2)
    return weights


@networks.register
class X(Network):
    key = "x"
    label = "X"
    icon = "brand-x"
    position = 30
    help = _("Short posts with a link and a picture.")
    longest = 280
    Form = XForm
    secrets = KEYS
    is_token_short = False

    def length(self, content: Text) -> int:
        return weight(self.written(content))

    def written(self, content: Text) -> str:
        return f"{content.text}\n{content.link}".strip() if content.link else content.text

    def connect(self, account: SocialAccount) -> Connection:
        keys = {name: secret(account, name) for name in KEYS}
        if not keys["TOKEN"]:
            raise ValueError(f"SOCIAL_{account.pk}_TOKEN")
        if keys["CONSUMER_KEY"] and not all(keys.values()):
            raise ValueError(next(f"SOCIAL_{account.pk}_{name}" for name in KEYS if not keys[name]))
        return XAccount(str(account.settings.get("api_url") or HOST), keys)
