"""From a draft to what shops can ask for."""

from datetime import datetime

from django.db import transaction

from channels.messages import drafts, versions
from channels.models import Brand, Message, Sender, ServiceMessage
from channels.service_messages import data
from customers import audit
from customers.models import User

FIRST = 0  # of the ten priorities: she waits for it


@transaction.atomic
def create(key: str, name: str, sender: Sender | None, user: User, at: datetime) -> ServiceMessage:
    """A draft with one empty content in the fallback language."""
    message = Message.objects.create(
        purpose=Message.Purpose.SERVICE, sender=sender, priority=FIRST, any_time=True
    )
    drafts.add_language(message, Brand.current().fallback_language, user)
    made = ServiceMessage.objects.create(key=key, name=name, message=message, created_by=user)
    audit.record(user, "servicemessage.added", made, at, key=key)
    return made


@transaction.atomic
def publish(service: ServiceMessage, user: User | None, at: datetime) -> ServiceMessage:
    """From now on calls get the message as it stands. Raises NotReady with what stops it."""
    held = ServiceMessage.objects.select_for_update(of=("self",)).select_related("message").get(pk=service.pk)
    held.version = versions.freeze(held.message, user)
    held.wants = data.wanted(held.version)
    held.active = True
    held.save(update_fields=["version", "wants", "active"])
    audit.record(user, "servicemessage.published", held, at, version=held.version.number)
    return held


@transaction.atomic
def switch(service: ServiceMessage, user: User, at: datetime, *, active: bool) -> None:
    """Off: further calls are refused; what was asked for before still goes out."""
    ServiceMessage.objects.filter(pk=service.pk).update(active=active)
    audit.record(user, "servicemessage.switched", service, at, active=active)


def is_changed(service: ServiceMessage) -> bool:
    """Whether the draft says something else than what goes out."""
    return service.version is not None and service.version.digest != versions.digest(service.message)
