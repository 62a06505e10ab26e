from django.utils.translation import gettext_lazy as _

from channels.messages.blocks import Block, Fields, Short, blocks, section
from channels.messages.page import Page


@blocks.register
class Divider(Block):
    key = "divider"
    label = _("Line")
    icon = "minus"
    position = 60
    wordless = True

    def mjml(self, fields: Fields, page: Page) -> str:
        return section(
            '<mj-divider css-class="line" border-width="1px" border-color="#e3e7eb" '
            'padding="16px 32px 24px" />'
        )

    def text(self, fields: Fields, page: Page) -> str:
        return "-" * 40

    def short(self, fields: Fields, page: Page) -> Short:
        return Short()
