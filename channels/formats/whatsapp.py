from django.utils.translation import gettext_lazy as _

from channels.formats.sms import Sms
from channels.messages.formats import formats
from channels.models import Channel


@formats.register
class WhatsApp(Sms):
    key = Channel.WHATSAPP.value
    label = _("WhatsApp")
    icon = "brand-whatsapp"
    position = 30
