"""Pins on a board: a picture with title, description and link.

https://developers.pinterest.com/docs/api/v5/pins-create - a token with pins:read, pins:write and boards:read.
Pinterest has no key for repeated calls; a doubtful pin is looked for on its board by its link, which no other pin has.
"""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

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
    needed_secret,
    networks,
)
from config.http import CallError, Session

HOST = "https://api.pinterest.com"
READ = 50


class PinterestForm(forms.Form):
    board_id = forms.RegexField(
        r"^\d{3,25}$",
        label=_("Board ID"),
        help_text=_("The number of the board, as Pinterest's developer pages show it."),
        error_messages={"invalid": _("A board ID is a number.")},
    )


class Board:
    def __init__(self, host: str, board: str, token: str) -> None:
        self.host, self.board = f"{host.rstrip('/')}/v5", board
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.session = Session(2)

    def publish(self, call: Call, hand: Hand) -> Outcome:
        hand.go()
        body = json.dumps(self._pin(call.content)).encode()
        try:
            reply = web.call(self.session, "POST", f"{self.host}/pins", headers=self.headers, body=body)
        except CallError as error:
            return web.broken(error, public=True)
        if not reply.good:
            return fault(reply, public=True)
        made = str(reply.said.get("id") or "")
        if not made:
            return Outcome(Kind.UNKNOWN, "no_answer", web.words(reply, ""))
        return Outcome(Kind.POSTED, provider_id=made[:120], permalink=_address(made))

    def _pin(self, content: Text) -> dict[str, Any]:
        said = {
            "link": content.link,
            "title": content.title,
            "description": content.text,
            "alt_text": content.alt,
        }
        picture = {"source_type": "image_url", "url": content.picture}
        given = {name: value for name, value in said.items() if value}
        return {"board_id": self.board, "media_source": picture, **given}

    def find(self, call: Call, since: datetime) -> Found:
        """The newest pins of the board stand first."""
        try:
            reply = self._get(f"boards/{self.board}/pins", page_size=str(READ))
        except CallError as error:
            return Found(Presence.CANNOT, outcome=web.broken(error, public=False))
        if not reply.good or not isinstance(reply.said.get("items"), list):
            return Found(Presence.CANNOT, outcome=fault(reply, public=False))
        pins = web.rows(reply.said["items"])
        for pin in pins:
            if is_ours(pin, call.content, since):
                return Found(Presence.HERE, str(pin.get("id", "")), _address(str(pin.get("id", ""))))
        times = [at for pin in pins if (at := web.moment(pin.get("created_at")))]
        whole = not reply.said.get("bookmark") or (bool(times) and min(times) < since)
        return Found(Presence.ABSENT if whole else Presence.CANNOT)

    def who(self) -> str | Outcome:
        try:
            reply = self._get(f"boards/{self.board}")
        except CallError as error:
            return web.broken(error, public=False)
        return str(reply.said.get("name") or "") if reply.good else fault(reply, public=False)

    def _get(self, path: str, **query: str) -> web.Reply:
        asked = f"?{urlencode(query)}" if query else ""
        return web.call(self.session, "GET", f"{self.host}/{path}{asked}", headers=self.headers)

    def close(self) -> None:
        self.session.close()


def _address(pin: str) -> str:
    return f"https://www.pinterest.com/pin/{pin}/"


def is_ours(pin: Mapping[str, Any], content: Text, since: datetime) -> bool:
    if content.link:
        return pin.get("link") == content.link
    at = web.moment(pin.get("created_at"))
    same = (str(pin.get("title") or ""), str(pin.get("description") or "").split())
    return same == (content.title, content.text.split()) and at is not None and at >= since


def fault(reply: web.Reply, *, public: bool) -> Outcome:
    detail = web.words(reply, reply.said.get("message") or "")
    match reply.status:
        case 401:
            return Outcome(Kind.ACCOUNT, "token_expired", detail)
        case 403:
            return Outcome(Kind.ACCOUNT, "forbidden", detail)
        case 404:
            return Outcome(Kind.ACCOUNT, "no_board", detail)
        case 429:
            return Outcome(Kind.LINE, "rate", detail, retry_after=web.wait(reply.headers, time.time()))
        case status if 400 <= status < 500:
            said = detail.lower()
            field = next((each for each in ("link", "title") if each in said), "")
            return Outcome(
                Kind.CONTENT, "content", detail, field or ("picture" if "image" in said else "text")
            )
    return Outcome(Kind.UNKNOWN, "no_answer", detail) if public else Outcome(Kind.LINE, "line", detail)


@networks.register
class Pinterest(Network):
    key = "pinterest"
    label = "Pinterest"
    icon = "brand-pinterest"
    position = 40
    help = _("Pins pictures with a link to a board.")
    needs_picture = True
    has_title = True
    longest = 500
    longest_title = 100
    Form = PinterestForm

    def connect(self, account: SocialAccount) -> Connection:
        board = str(account.settings.get("board_id", ""))
        if not board.isdigit():
            raise ValueError("board_id")
        return Board(str(account.settings.get("api_url") or HOST), board, needed_secret(account))
