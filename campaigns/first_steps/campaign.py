from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from config.pages.today import FirstStep, first_steps


@first_steps.register
class LaunchCampaign(FirstStep):
    key = "campaign"
    order = 60
    label = _("Send a first campaign")
    text = _("One message to one segment; the review shows who gets it before anything goes out.")
    icon = "speakerphone"
    url_name = "campaign_create"
    permission = "campaigns.add_campaign"

    def done(self) -> bool:
        return Campaign.objects.exclude(state=Campaign.State.DRAFT).exists()
