from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from config.pages.today import FirstStep, first_steps


@first_steps.register
class StartCampaign(FirstStep):
    key = "campaign"
    order = 50
    label = _("Start a first campaign")
    text = _("Four steps and a review that counts everybody, before anything goes out.")
    icon = "speakerphone"
    url_name = "campaign_list"
    permission = "campaigns.add_campaign"

    def done(self) -> bool:
        return Campaign.objects.exists()
