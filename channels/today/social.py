"""Posts on social networks that only a person can move on, and accounts that have stopped."""

from collections.abc import Iterator

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from channels.models import SocialAccount
from channels.social import posts, words
from config.pages.today import Panel, panels

SHOWN = 5


@panels.register
class Stuck(Panel):
    key = "social"
    order = 16
    permission = "channels.publish_socialpost"

    def render(self, request: HttpRequest) -> str:
        lines = [*self._accounts(), *self._posts()]
        if not lines:
            return ""
        context = {"key": self.key, "title": _("Posts that do not go out"), "lines": lines}
        return render_to_string("components/_today_lines.html", context, request)

    def _accounts(self) -> Iterator[dict[str, str]]:
        """Those that we paused because the network said so; a person knows of her own pauses."""
        for account in SocialAccount.objects.exclude(pause_code="").filter(paused_at__isnull=False)[:SHOWN]:
            yield {
                "name": account.name,
                "note": words.paused(account),
                "badge": _("paused"),
                "tone": "bad",
                "url": reverse("social_account_list"),
                "button": _("Look at it"),
            }

    def _posts(self) -> Iterator[dict[str, str]]:
        rows = posts.needing().select_related("group", "account").order_by("due_at", "pk")
        for post in rows[:SHOWN]:
            found = words.why(post)
            yield {
                "name": f"{post.group.name}, {post.account.name}",
                "note": str(found.label) if found else "",
                "badge": str(post.get_state_display()),
                "tone": words.TONES[post.state],
                "url": reverse("social_group", args=[post.group_id]),
                "button": _("Decide"),
            }
