from campaigns.models.campaign import Approval, Attribution, Campaign, Occurrence, OrderToAttribute

__all__ = ["Approval", "Attribution", "Campaign", "Occurrence", "OrderToAttribute"]
