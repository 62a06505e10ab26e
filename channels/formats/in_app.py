from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages import formats as channel_formats
from channels.messages.blocks import BlockForm
from channels.messages.formats import Compiled, Draft, Format, formats
from channels.messages.page import Page
from channels.models import Channel

MOST_ACTIONS = 3
PLACES = [
    ("inbox", _("in the inbox only")),
    ("banner", _("as a banner on the page")),
    ("modal", _("as a window over the page")),
    ("slot", _("in a slot of the page")),
]


class InAppOptions(BlockForm):
    place = forms.ChoiceField(label=_("Shown"), choices=PLACES, initial="banner")


@formats.register
class InApp(Format):
    """What the shop's own pages show her, by the browser SDK."""

    key = Channel.IN_APP.value
    label = _("In the shop")
    icon = "app-window"
    position = 50
    title = _("Title")
    longest_title = 60
    kinds = frozenset({"heading", "text", "image", "button", "products", "recommendations"})
    Options = InAppOptions

    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        shown = channel_formats.shorts(draft, page)
        parts = {
            "place": draft.options.get("place") or "banner",
            "picture": channel_formats.first(each.picture for each in shown),
            "link": channel_formats.first(each.link for each in shown),
            "actions": channel_formats.actions(shown, MOST_ACTIONS),
        }
        return Compiled(draft.subject, "", channel_formats.words(shown, links=False), parts=parts)
