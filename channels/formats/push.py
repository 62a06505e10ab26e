from django.utils.translation import gettext_lazy as _

from channels.messages import formats as channel_formats
from channels.messages.formats import Compiled, Draft, Format, formats
from channels.messages.page import Page
from channels.models import Channel

MOST_ACTIONS = 2  # browsers show no more


@formats.register
class Push(Format):
    """A title, a line or two, a picture, and where a tap leads to."""

    key = Channel.PUSH.value
    label = _("Push message")
    icon = "bell"
    position = 40
    title = _("Title")
    longest_title = 50
    kinds = frozenset({"text", "image", "button"})

    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        shown = channel_formats.shorts(draft, page)
        parts = {
            "picture": channel_formats.picture(shown),
            "link": channel_formats.link(shown),
            "actions": channel_formats.actions(shown, MOST_ACTIONS),
        }
        return Compiled(draft.subject, "", channel_formats.words(shown, links=False), parts=parts)
