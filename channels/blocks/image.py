from django import forms
from django.utils.translation import gettext_lazy as _

from channels.forms.pictures import PictureInput
from channels.messages.blocks import Block, BlockForm, Fields, Short, attribute, blocks, section
from channels.messages.page import Page
from customers import catalogue


class ImageForm(BlockForm):
    address = forms.CharField(
        label=_("Address of the picture"), max_length=1000, help_text=_("https://…"), widget=PictureInput
    )
    alt = forms.CharField(
        label=_("What the picture shows"),
        max_length=200,
        help_text=_("Read aloud, and shown when pictures are off."),
    )
    link = forms.CharField(label=_("Leads to"), max_length=1000, required=False, help_text=_("https://…"))


@blocks.register
class Image(Block):
    key = "image"
    label = _("Picture")
    icon = "photo"
    position = 40
    wordless = True
    Form = ImageForm
    texts = ("alt",)
    links = ("link",)

    def mjml(self, fields: Fields, page: Page) -> str:
        alt = page.words(fields.get("alt", ""))
        link = fields.get("link")
        href = f' href="{attribute(page.link(link, fields.get("alt", "")))}"' if link else ""
        address = attribute(catalogue.absolute(fields.get("address", "")))
        return section(
            f'<mj-image src="{address}" alt="{alt}"{href} padding="0 0 16px" fluid-on-mobile="true" />'
        )

    def text(self, fields: Fields, page: Page) -> str:
        alt, link = fields.get("alt", ""), fields.get("link")
        return f"[{alt}] {page.link(link, alt)}" if link else f"[{alt}]"

    def short(self, fields: Fields, page: Page) -> Short:
        link, picture = fields.get("link"), catalogue.absolute(fields.get("address", ""))
        return Short(picture=picture, link=page.link(link, fields.get("alt", "")) if link else "")
