from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages.blocks import Block, BlockForm, Fields, blocks, section
from channels.messages.page import Page

HEIGHTS = {"small": 16, "medium": 32, "large": 56}


class SpacerForm(BlockForm):
    height = forms.ChoiceField(
        label=_("Height"),
        choices=[("small", _("small")), ("medium", _("medium")), ("large", _("large"))],
        initial="medium",
    )


@blocks.register
class Spacer(Block):
    key = "spacer"
    label = _("Space")
    icon = "spacing-vertical"
    position = 70
    wordless = True
    Form = SpacerForm

    def mjml(self, fields: Fields, page: Page) -> str:
        return section(f'<mj-spacer height="{HEIGHTS.get(fields.get("height", ""), 32)}px" />')

    def text(self, fields: Fields, page: Page) -> str:
        return ""
