from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from channels.formats.sms import Sms
from channels.messages.blocks import Complaint
from channels.messages.formats import Draft, formats
from channels.messages.rendering import Rendered
from channels.models import Channel


@formats.register
class WhatsApp(Sms):
    key = Channel.WHATSAPP.value
    label = _("WhatsApp")
    icon = "brand-whatsapp"
    position = 30

    def faults(self, draft: Draft, shown: Rendered) -> Iterator[Complaint]:
        return iter(())  # it has no parts that are charged
