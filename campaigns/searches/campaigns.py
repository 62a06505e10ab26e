from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from config.pages.search import Hit, Search, searches


@searches.register
class Campaigns(Search):
    key = "campaigns"
    label = _("Campaigns")
    icon = "speakerphone"
    permission = "campaigns.view_campaign"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        found = Campaign.objects.filter(name__icontains=text).order_by("-updated_at")
        return [
            Hit(each.name, str(each.get_state_display()), reverse("campaign", args=[each.pk]))
            for each in found[:limit]
        ]
