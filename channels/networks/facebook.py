"""Posts of a Facebook page: a text with a link card, or a photo with its caption.

https://developers.facebook.com/docs/pages-api/posts - a page's token with pages_manage_posts and
pages_read_engagement. Facebook has no key that makes a repeated call harmless, so a doubtful post is looked for among
the page's own: by its tracked link, which no other post has.
"""

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
from channels.networks.graph import Graph, fault, name
from config.http import CallError

HOST = "https://graph.facebook.com"
READ = 50
FIELDS = "id,message,created_time,permalink_url,attachments{unshimmed_url}"


class FacebookForm(forms.Form):
    page_id = forms.RegexField(
        r"^\d{3,25}$",
        label=_("Page ID"),
        help_text=_("The number under “Page transparency” in the page's settings."),
        error_messages={"invalid": _("A page ID is a number.")},
    )


class FacebookPage:
    def __init__(self, host: str, page: str, token: str) -> None:
        self.graph, self.page = Graph(host, token), page

    def publish(self, call: Call, hand: Hand) -> Outcome:
        hand.go()
        try:
            reply = self._send(call.content)
        except CallError as error:
            return web.broken(error, public=True)
        if not reply.good:
            return fault(reply, public=True)
        made = str(reply.said.get("post_id") or reply.said.get("id") or "")
        if not made:
            return Outcome(Kind.UNKNOWN, "no_answer", web.words(reply, ""))
        return Outcome(Kind.POSTED, provider_id=made[:120], permalink=f"https://www.facebook.com/{made}")

    def _send(self, content: Text) -> web.Reply:
        if content.picture:
            more = {"alt_text_custom": content.alt} if content.alt else {}
            caption = Facebook().written(content)
            return self.graph.post(f"{self.page}/photos", url=content.picture, caption=caption, **more)
        more = {"link": content.link} if content.link else {}
        return self.graph.post(f"{self.page}/feed", message=content.text, **more)

    def find(self, call: Call, since: datetime) -> Found:
        try:
            asked = {"fields": FIELDS, "limit": str(READ), "since": str(int(since.timestamp()))}
            reply = self.graph.get(f"{self.page}/published_posts", **asked)
        except CallError as error:
            return Found(Presence.CANNOT, outcome=web.broken(error, public=False))
        if not reply.good or not isinstance(reply.said.get("data"), list):
            return Found(Presence.CANNOT, outcome=fault(reply, public=False))
        posts = web.rows(reply.said["data"])
        for post in posts:
            if is_ours(post, call.content, since):
                return Found(Presence.HERE, str(post.get("id", "")), str(post.get("permalink_url") or ""))
        whole = len(posts) < READ
        return Found(Presence.ABSENT if whole else Presence.CANNOT)

    def who(self) -> str | Outcome:
        try:
            return name(self.graph.get(self.page, fields="name"), "name")
        except CallError as error:
            return web.broken(error, public=False)

    def close(self) -> None:
        self.graph.close()


def is_ours(post: Any, content: Text, since: datetime) -> bool:
    said = str(post.get("message") or "")
    if content.link:
        attached = post.get("attachments")
        pieces = web.rows(attached.get("data")) if isinstance(attached, dict) else []
        return content.link in said or any(each.get("unshimmed_url") == content.link for each in pieces)
    at = web.moment(post.get("created_time"))
    return said.split() == content.text.split() and at is not None and at >= since


@networks.register
class Facebook(Network):
    key = "facebook"
    label = "Facebook"
    icon = "brand-facebook"
    position = 10
    help = _("Posts on a page: a text with a link card, or a picture with its text.")
    longest = 63_206
    Form = FacebookForm

    def written(self, content: Text) -> str:
        """Under a picture Facebook draws no link card, so the link stands in the text."""
        if content.picture and content.link:
            return f"{content.text}\n\n{content.link}".strip()
        return content.text

    def faults(self, content: Text) -> Iterator[Any]:
        if not content.text.strip() and content.link and not content.picture:
            return
        yield from super().faults(content)

    def connect(self, account: SocialAccount) -> Connection:
        page = str(account.settings.get("page_id", ""))
        if not page.isdigit():
            raise ValueError("page_id")
        host = str(account.settings.get("api_url") or HOST)
        return FacebookPage(host, page, needed_secret(account))
