from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages.blocks import Block, BlockForm, Fields, Short, blocks, section
from channels.messages.page import Page


class HeadingForm(BlockForm):
    text = forms.CharField(label=_("Heading"), max_length=200)


@blocks.register
class Heading(Block):
    key = "heading"
    label = _("Heading")
    icon = "heading"
    position = 10
    Form = HeadingForm
    texts = ("text",)

    def mjml(self, fields: Fields, page: Page) -> str:
        return section(
            '<mj-text font-size="30px" line-height="1.25" font-weight="700" padding="28px 32px 12px">'
            f'<h1 style="margin:0;font-size:30px;line-height:1.25">{page.words(fields.get("text", ""))}</h1>'
            "</mj-text>"
        )

    def text(self, fields: Fields, page: Page) -> str:
        return f"{fields.get('text', '')}\n{'=' * 40}"

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(fields.get("text", ""))
