from campaigns.models.campaign import (
    Approval,
    Attribution,
    Campaign,
    ClickToAttribute,
    Occurrence,
    OrderToAttribute,
)

__all__ = ["Approval", "Attribution", "Campaign", "ClickToAttribute", "Occurrence", "OrderToAttribute"]
