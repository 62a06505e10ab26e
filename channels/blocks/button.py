from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Fields, Short, attribute, blocks, section
from channels.messages.page import Page


class ButtonForm(BlockForm):
    label = forms.CharField(label=_("Words on the button"), max_length=80)
    link = forms.CharField(label=_("Leads to"), max_length=1000, help_text=_("https://…"))


@blocks.register
class Button(Block):
    key = "button"
    label = _("Button")
    icon = "pointer"
    position = 30
    Form = ButtonForm
    texts = ("label",)
    links = ("link",)

    def mjml(self, fields: Fields, page: Page) -> str:
        link = attribute(page.link(fields.get("link", ""), fields.get("label", "")))
        label = page.words(fields.get("label", ""))
        return section(cards.button(label, link, page))

    def text(self, fields: Fields, page: Page) -> str:
        label = fields.get("label", "")
        return f"{label}: {page.link(fields.get('link', ''), label)}"

    def short(self, fields: Fields, page: Page) -> Short:
        label = fields.get("label", "")
        return Short(label=label, link=page.link(fields.get("link", ""), label))
