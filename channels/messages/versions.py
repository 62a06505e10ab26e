"""Freezing: a draft becomes a version that is never changed. Approval binds to its digest."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max

from channels import utm
from channels.messages import checks, compiler, owners, routes
from channels.messages.compiler import Compiled
from channels.messages.page import Look
from channels.models import (
    Brand,
    Channel,
    Content,
    Link,
    Message,
    MessageVersion,
    Sender,
    VersionContent,
)
from channels.models.consent import only_email
from customers.models import Shop, User


class NotReady(ValueError):
    """The message must not go out as it is; `faults` says why, at the place of each fault."""

    def __init__(self, faults: list[checks.Fault]) -> None:
        super().__init__("; ".join(fault.sentence for fault in faults))
        self.faults = faults


def digest(message: Message) -> str:
    """sha256 over everything that people will read or that decides who it is from: any edit changes it."""
    brand, shop = Brand.current(), Shop.current()
    return _sha256(
        {
            "purpose": message.purpose,
            "topic": message.topic_id,
            "sender": _sender(message.sender),
            **_routes_in_digest(message),
            **_campaign_in_digest(message),
            "contents": [_inputs(content) for content in _contents(message)],
            "brand": [brand.colour, brand.logo, brand.imprint, brand.fallback_language],
            "shop": [shop.name, shop.url],
        }
    )


def find(message: Message) -> MessageVersion | None:
    """The version of the message as it stands, if it was ever frozen."""
    return message.versions.filter(digest=digest(message)).order_by("number").first()


@transaction.atomic
def freeze(message: Message, user: User | None) -> MessageVersion:
    """The version of the message as it stands; a second call without an edit between gives the same one.

    Raises NotReady when a fault stops it: a broken template, no sender, no legal notice.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("sender").get(pk=message.pk)
    version = find(message)
    if version:
        return version
    contents = _contents(message)
    faults = [f for f in checks.faults(message, [c.language for c in contents]) if f.blocks]
    if faults or message.sender is None:
        raise NotReady(faults)
    brand = Brand.current()
    last = message.versions.aggregate(last=Max("number"))["last"] or 0
    version = MessageVersion.objects.create(
        message=message,
        number=last + 1,
        digest=digest(message),
        sender_name=message.sender.name,
        sender_email=message.sender.email,
        reply_to=message.sender.reply_to,
        account=message.sender.account,
        routes=routes.of(message),
        fallback_language=brand.fallback_language,
        created_by=user,
    )
    _freeze_contents(
        version, contents, look(brand), marketing=is_marketing(message), campaign=_campaign(message)
    )
    return version


def _routes_in_digest(message: Message) -> dict[str, Any]:
    return {} if message.channels == only_email() else {"routes": routes.of(message)}


def _campaign(message: Message) -> str:
    """As links tell it to the shop's statistics."""
    return utm.slug(owners.name_of(message.pk))


def _campaign_in_digest(message: Message) -> dict[str, Any]:
    campaign = _campaign(message)
    return {"campaign": campaign} if campaign else {}


def is_marketing(message: Message) -> bool:
    return message.purpose == Message.Purpose.MARKETING


def look(brand: Brand) -> Look:
    shop = Shop.current()
    return Look(brand.colour, brand.logo, dict(brand.imprint), shop.name, shop.url.rstrip("/"))


def _freeze_contents(
    version: MessageVersion, contents: list[Content], brand: Look, *, marketing: bool, campaign: str
) -> None:
    constants = compiler.constants()
    compiled = [
        _told_apart(
            compiler.compile_draft(compiler.draft_of(each), brand, marketing=marketing, constants=constants),
            each.channel,
            campaign,
        )
        for each in contents
    ]
    rows = VersionContent.objects.bulk_create(
        VersionContent(
            version=version,
            channel=content.channel,
            language=content.language,
            variant=content.variant,
            subject=each.subject,
            html=each.html,
            text=each.text,
            parts=dict(each.parts),
            fields=list(each.fields),
            digest=_sha256(
                [each.subject, each.html, each.text, [target.url for target in each.targets]]
                + ([each.parts] if each.parts else [])
            ),
        )
        for content, each in zip(contents, compiled, strict=True)
    )
    Link.objects.bulk_create(
        Link(content=row, position=target.position, url=target.url, label=target.label)
        for row, each in zip(rows, compiled, strict=True)
        for target in each.targets
    )


def _told_apart(made: Compiled, channel: str, campaign: str) -> Compiled:
    """Its targets with UTM parameters, if it is a campaign's. In the shop itself there are none: they would begin a
    new visit there, and cover up where she came from."""
    if not campaign or channel == Channel.IN_APP:
        return made
    tagged = [
        replace(target, url=utm.target(target.url, utm.SOURCE, channel, campaign)) for target in made.targets
    ]
    return replace(made, targets=tagged)


def _contents(message: Message) -> list[Content]:
    """Those that would go out: what was written for a channel that the message has left is kept, and not sent."""
    found = message.contents.filter(channel__in=message.channels)
    return list(found.order_by("channel", "language", "variant"))


def _inputs(content: Content) -> list[Any]:
    return [
        content.channel,
        content.language,
        content.variant,
        content.subject,
        content.preheader,
        content.blocks,
        *([content.options] if content.options else []),
    ]


def _sender(sender: Sender | None) -> list[Any] | None:
    return [sender.name, sender.email, sender.reply_to, sender.account_id] if sender else None


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
