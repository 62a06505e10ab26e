from campaigns.models import Campaign
from channels.messages.owners import Owner, owners


@owners.register
class Campaigns(Owner):
    key = "campaigns"

    def name_of(self, message_id: int) -> str:
        return Campaign.objects.filter(message=message_id).values_list("name", flat=True).first() or ""
