from channels.models.consent import Channel, Consent, OptIn, Permission, Purpose, Reach, Suppression, Topic
from channels.models.delivery import Batch, Delivery, DeliveryEvent, SandboxMail
from channels.models.habit import Habit
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
from channels.models.policy import CapClass, DeliveryPolicy
from channels.models.preference import Frequency, Preference, PreferenceChange
from channels.models.privacy import DataRequest
from channels.models.reply import Reply
from channels.models.report import ProviderReport
from channels.models.service import ServiceCall, ServiceMessage
from channels.models.social import SocialAccount, SocialClicks, SocialNetwork, SocialPost, SocialPostGroup

__all__ = [
    "Account",
    "Batch",
    "Brand",
    "CapClass",
    "Channel",
    "Consent",
    "Content",
    "DataRequest",
    "Delivery",
    "DeliveryEvent",
    "DeliveryPolicy",
    "Frequency",
    "Habit",
    "Link",
    "Message",
    "MessageVersion",
    "OptIn",
    "Pace",
    "Permission",
    "Preference",
    "PreferenceChange",
    "ProviderReport",
    "Purpose",
    "Reach",
    "Reply",
    "SandboxMail",
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
    "VersionContent",
]
