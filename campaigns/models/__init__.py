from campaigns.models.campaign import (
    Approval,
    Attribution,
    Campaign,
    ClickToAttribute,
    DryRunReport,
    Occurrence,
    OrderToAttribute,
)
from campaigns.models.social import CampaignPosts

__all__ = [
    "Approval",
    "Attribution",
    "Campaign",
    "CampaignPosts",
    "ClickToAttribute",
    "DryRunReport",
    "Occurrence",
    "OrderToAttribute",
]
