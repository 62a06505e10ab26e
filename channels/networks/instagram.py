"""Pictures of an Instagram profile, in Meta's two steps: a container is made, then published.

https://developers.facebook.com/docs/instagram-platform/content-publishing - the container's id is kept before it is
published. It can be published once only and says itself whether it was, so that a doubtful call is settled exactly.
"""

import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import SocialAccount
from channels.networks import web
from channels.networks.base import (
    Call,
    Connection,
    Fault,
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
from channels.networks.graph import Graph, fault, name, number
from config.http import CallError

HOSTS = {"facebook": "https://graph.facebook.com", "instagram": "https://graph.instagram.com"}
MOST_TAGS = 30
READ = 25
CHECKS, PAUSE = 5, 1.0  # how often a container is asked whether it is ready, and the seconds between
TAG = re.compile(r"(?<![\w&])#\w*[^\W\d_]\w*")
NOT_READY = {9007}


class InstagramForm(forms.Form):
    profile_id = forms.RegexField(
        r"^\d{3,25}$",
        label=_("Profile ID"),
        help_text=_("The number of the professional account, as Meta's developer pages show it."),
        error_messages={"invalid": _("A profile ID is a number.")},
    )
    login = forms.ChoiceField(
        label=_("The access token comes from"),
        choices=[("facebook", _("Facebook login")), ("instagram", _("Instagram login"))],
    )


class InstagramProfile:
    def __init__(self, host: str, profile: str, token: str) -> None:
        self.graph, self.profile = Graph(host, token), profile

    def publish(self, call: Call, hand: Hand) -> Outcome:
        try:
            container = call.prepared or self._container(call.content)
            if isinstance(container, Outcome):
                return container
            if not call.prepared:
                hand.keep(container)
            waiting = self._not_ready(container, call, hand)
        except CallError as error:
            return web.broken(error, public=False)
        return waiting or self._make_public(container, hand)

    def _container(self, content: Text) -> str | Outcome:
        more = {"alt_text": content.alt} if content.alt else {}
        reply = self.graph.post(
            f"{self.profile}/media", image_url=content.picture, caption=content.text, **more
        )
        made = str(reply.said.get("id") or "") if reply.good else ""
        return made[:120] or fault(reply, public=False)

    def _not_ready(self, container: str, call: Call, hand: Hand) -> Outcome | None:
        """None once it can be published; else what to do instead."""
        for number_of_check in range(CHECKS):
            status = self._status(container)
            if status != "IN_PROGRESS":
                break
            if number_of_check < CHECKS - 1:
                time.sleep(PAUSE)
        if status == "PUBLISHED":
            found = self._published(call.content)
            return Outcome(Kind.POSTED, provider_id=found.provider_id, permalink=found.permalink)
        if status == "IN_PROGRESS":
            return Outcome(Kind.LINE, "preparing", retry_after=30)
        if status == "EXPIRED":  # after a day; the next try makes a new one
            hand.keep("")
            return Outcome(Kind.LINE, "preparing", retry_after=30)
        if status == "ERROR":
            return Outcome(Kind.CONTENT, "content", f"container {status}", "picture")
        return None

    def _status(self, container: str) -> str:
        reply = self.graph.get(container, fields="status_code")
        return str(reply.said.get("status_code") or "")

    def _make_public(self, container: str, hand: Hand) -> Outcome:
        hand.go()
        try:
            reply = self.graph.post(f"{self.profile}/media_publish", creation_id=container)
        except CallError as error:
            return web.broken(error, public=True)
        if not reply.good:
            said: Any = reply.said.get("error") or {}
            if isinstance(said, dict) and number(said.get("code")) in NOT_READY:
                return Outcome(Kind.LINE, "preparing", retry_after=30)
            return fault(reply, public=True)
        made = str(reply.said.get("id") or "")
        if not made:
            return Outcome(Kind.UNKNOWN, "no_answer", web.words(reply, ""))
        return Outcome(Kind.POSTED, provider_id=made[:120], permalink=self._permalink(made))

    def _permalink(self, media: str) -> str:
        try:
            return str(self.graph.get(media, fields="permalink").said.get("permalink") or "")
        except CallError:
            return ""

    def find(self, call: Call, since: datetime) -> Found:
        if not call.prepared:
            return Found(Presence.ABSENT)
        try:
            status = self._status(call.prepared)
            if status == "PUBLISHED":
                return self._published(call.content)
        except CallError as error:
            return Found(Presence.CANNOT, outcome=web.broken(error, public=False))
        return Found(Presence.ABSENT if status in ("FINISHED", "ERROR", "EXPIRED") else Presence.CANNOT)

    def _published(self, content: Text) -> Found:
        """That it is there is known; which of the newest it is, its caption tells."""
        reply = self.graph.get(
            f"{self.profile}/media", fields="id,caption,permalink,timestamp", limit=str(READ)
        )
        for media in web.rows(reply.said.get("data")):
            if str(media.get("caption") or "").split() == content.text.split():
                return Found(Presence.HERE, str(media.get("id", "")), str(media.get("permalink") or ""))
        return Found(Presence.HERE)

    def who(self) -> str | Outcome:
        try:
            return name(self.graph.get(self.profile, fields="username,name"), "username", "name")
        except CallError as error:
            return web.broken(error, public=False)

    def close(self) -> None:
        self.graph.close()


@networks.register
class Instagram(Network):
    key = "instagram"
    label = "Instagram"
    icon = "brand-instagram"
    position = 20
    help = _("Posts pictures of a professional account.")
    needs_picture = True
    pictures = frozenset()
    shows_link = False
    longest = 2_200
    Form = InstagramForm

    def faults(self, content: Text) -> Iterator[Fault]:
        yield from super().faults(content)
        tags = len(TAG.findall(content.text))
        if tags > MOST_TAGS:
            sentence = _("Instagram takes %(most)d hashtags at most; these are %(tags)d.")
            yield "text", sentence % {"most": MOST_TAGS, "tags": tags}

    def hints(self, content: Text) -> Iterator[Any]:
        yield from super().hints(content)
        if content.link:
            yield _(
                "Links cannot be followed on Instagram, so this post goes without. Say “link in bio”, for example."
            )

    def connect(self, account: SocialAccount) -> Connection:
        profile = str(account.settings.get("profile_id", ""))
        if not profile.isdigit():
            raise ValueError("profile_id")
        host = HOSTS.get(str(account.settings.get("login")), HOSTS["facebook"])
        return InstagramProfile(str(account.settings.get("api_url") or host), profile, needed_secret(account))
