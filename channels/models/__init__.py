from channels.models.arming import Arming
from channels.models.consent import Channel, Consent, OptIn, Permission, Purpose, Reach, Suppression, Topic
from channels.models.delivery import Batch, Delivery, DeliveryEvent, SandboxMail
from channels.models.habit import Habit
from channels.models.inbox import FreeShipping, InboxMessage
from channels.models.message import (
    Account,
    Brand,
    Content,
    Link,
    Message,
    MessageVersion,
    Pace,
    Sender,
    SendingDomain,
    VersionContent,
)
from channels.models.picture import Picture
from channels.models.policy import CapClass, DeliveryPolicy
from channels.models.preference import Frequency, Preference, PreferenceChange
from channels.models.privacy import DataRequest
from channels.models.push import PushSubscription, PushWording, VapidKey
from channels.models.reply import Reply
from channels.models.report import BounceMailbox, ForgedReport, ProviderReport
from channels.models.saved_block import SavedBlock
from channels.models.service import ServiceCall, ServiceMessage
from channels.models.social import SocialAccount, SocialClicks, SocialNetwork, SocialPost, SocialPostGroup

__all__ = [
    "Account",
    "Arming",
    "Batch",
    "BounceMailbox",
    "Brand",
    "CapClass",
    "Channel",
    "Consent",
    "Content",
    "DataRequest",
    "Delivery",
    "DeliveryEvent",
    "DeliveryPolicy",
    "ForgedReport",
    "FreeShipping",
    "Frequency",
    "Habit",
    "InboxMessage",
    "Link",
    "Message",
    "MessageVersion",
    "OptIn",
    "Pace",
    "Permission",
    "Picture",
    "Preference",
    "PreferenceChange",
    "ProviderReport",
    "Purpose",
    "PushSubscription",
    "PushWording",
    "Reach",
    "Reply",
    "SandboxMail",
    "SavedBlock",
    "Sender",
    "SendingDomain",
    "ServiceCall",
    "ServiceMessage",
    "SocialAccount",
    "SocialClicks",
    "SocialNetwork",
    "SocialPost",
    "SocialPostGroup",
    "Suppression",
    "Topic",
    "VapidKey",
    "VersionContent",
]
