from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages import markdown
from channels.messages.blocks import Block, BlockForm, Fields, blocks, section
from channels.messages.page import Page


class TextForm(BlockForm):
    text = forms.CharField(
        label=_("Text"),
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=_(
            "**bold**, *italic*, [words of a link](https://…), “- ” at the start of a line makes a list."
        ),
    )


@blocks.register
class Text(Block):
    key = "text"
    label = _("Text")
    icon = "align-left"
    position = 20
    Form = TextForm
    texts = rich = ("text",)

    def mjml(self, fields: Fields, page: Page) -> str:
        return section(
            f'<mj-text padding="8px 32px 0">{markdown.html(fields.get("text", ""), page)}</mj-text>'
        )

    def text(self, fields: Fields, page: Page) -> str:
        return markdown.text(fields.get("text", ""), page)
