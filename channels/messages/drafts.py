"""Editing a message's contents: each change is saved at once, and two editors notice each other."""

import copy
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.forms import Form
from django.utils.translation import gettext as _

from channels.messages import conditions, variants
from channels.messages.blocks import Block, blocks
from channels.messages.formats import Format, formats
from channels.models import Channel, Content, Delivery, Message
from customers.models import User

MOST_BLOCKS = 60
MOST_PRODUCTS = 12
LONGEST = 20_000


class Stale(Exception):
    """Somebody else changed the content meanwhile; `content` is how it stands now."""

    def __init__(self, content: Content) -> None:
        super().__init__()
        self.content = content


class Locked(Exception):
    """The message was launched and cannot be changed; `args[0]` is the sentence for the editor."""


class Refused(Exception):
    """A change that makes no sense; `args[0]` is the sentence for the editor."""


def lock(message_id: int, at: datetime) -> None:
    """No edits from here on, in whatever page was left open; until the end of the transaction none can be under way."""
    Message.objects.filter(pk=message_id).update(locked_at=at)


def unlock(message_id: int) -> None:
    """Make it a draft again. What has gone to somebody stays as it is all the same."""
    Message.objects.filter(pk=message_id).update(locked_at=None)


def lock_reason(message: Message) -> str:
    """Why the message cannot be changed; empty while it can. A service message can always: its version goes out."""
    if message.purpose == Message.Purpose.SERVICE:
        return ""
    if Delivery.objects.filter(message=message).exists():
        return _("This message is on its way and can no longer be changed.")
    if message.locked_at:
        return _("This campaign has been launched; take it back to change it.")
    return ""


def _held(message_id: int) -> Message:
    """The message under the lock that a launch takes too, so that no edit slips in beside it. Raises Locked."""
    message = Message.objects.select_for_update(no_key=True).get(pk=message_id)
    reason = lock_reason(message)
    if reason:
        raise Locked(reason)
    return message


@contextmanager
def editing(content_id: int, revision: int, user: User) -> Iterator[Content]:
    """The content under its row lock; saved at the end with the next revision.

    `revision` is the one that the editor's page was made from. Raises Stale or Locked.
    """
    with transaction.atomic():
        _held(Message.objects.get(contents=content_id).pk)
        content = Content.objects.select_for_update(of=("self",)).select_related("message").get(pk=content_id)
        if content.revision != revision:
            raise Stale(content)
        yield content
        content.revision += 1
        content.updated_by = user
        content.save()


def set_frame(content: Content, subject: str, preheader: str) -> None:
    content.subject, content.preheader = " ".join(subject.split())[:300], " ".join(preheader.split())[:300]


def set_options(content: Content, data: Mapping[str, Any]) -> None:
    """Store what was typed in the channel's own fields, valid or not, as for blocks."""
    content.options = {**content.options, **_typed(formats[content.channel].Options(data))}


def _typed(form: Form) -> dict[str, Any]:
    """The cleaned values; for a field with a fault what was typed."""
    form.is_valid()
    typed = {}
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name, field.widget.value_from_datadict(form.data, form.files, name))
        typed[name] = value[:LONGEST] if isinstance(value, str) else value
    return typed


def block(content: Content, block_id: str) -> dict[str, Any]:
    """The stored fields of a block. Raises Refused when it is gone."""
    for each in content.blocks:
        if each["id"] == block_id:
            found: dict[str, Any] = each
            return found
    raise Refused(_("This block no longer exists."))


def set_block(content: Content, block_id: str, data: Mapping[str, Any]) -> None:
    """Store what was typed, valid or not: nothing is lost, and a fault is shown where it stands."""
    fields = block(content, block_id)
    fields.update(_typed(blocks[fields["kind"]].Form(data)))
    if conditions.FIELD in data:
        fields.update(_typed(conditions.OnlyForm(data)))


def add(content: Content, kind: str, after: str = "") -> str:
    """Add a block behind `after` (else at the end, before the footer); its id."""
    if kind not in blocks or blocks[kind].pinned:
        raise Refused(_("This kind of block does not exist."))
    form = formats[content.channel]
    if not form.shows(kind):
        raise Refused(_("%(channel)s cannot show this block.") % {"channel": form.label})
    if len(content.blocks) >= MOST_BLOCKS:
        raise Refused(_("A message can have at most %(most)d blocks.") % {"most": MOST_BLOCKS})
    made = new_block(kind, content.language)
    content.blocks.insert(_place_after(content, after), made)
    return str(made["id"])


def duplicate(content: Content, block_id: str) -> str:
    made = copy.deepcopy(block(content, block_id)) | {"id": _new_id()}
    if blocks[made["kind"]].pinned or len(content.blocks) >= MOST_BLOCKS:
        raise Refused(_("This block cannot be doubled."))
    content.blocks.insert(_place_after(content, block_id), made)
    return str(made["id"])


def move(content: Content, block_id: str, to: int) -> None:
    """Put the block at place `to`, counted from 0 without it. The footer stays last."""
    moved = block(content, block_id)
    if blocks[moved["kind"]].pinned:
        raise Refused(_("The footer always comes last."))
    content.blocks.remove(moved)
    content.blocks.insert(max(0, min(to, _end(content))), moved)


def delete(content: Content, block_id: str) -> None:
    removed = block(content, block_id)
    if blocks[removed["kind"]].pinned and content.message.purpose == Message.Purpose.MARKETING:
        raise Refused(_("Marketing mail needs its footer."))
    content.blocks.remove(removed)


def set_product(content: Content, block_id: str, product_id: int, *, chosen: bool) -> None:
    """Put a product at the end of a block's choice, or take it out."""
    fields = block(content, block_id)
    others = [each for each in fields.get("products") or () if each != product_id]
    if chosen and len(others) >= MOST_PRODUCTS:
        raise Refused(_("A block can show at most %(most)d products.") % {"most": MOST_PRODUCTS})
    fields["products"] = [*others, product_id] if chosen else others


def new_block(kind: str, language: str) -> dict[str, Any]:
    made: Block = blocks[kind]
    return {"id": _new_id(), "kind": kind, **made.new(language)}


def untouched(content: Content) -> set[str]:
    """The ids of blocks that stand as they were added."""
    found = set()
    for each in content.blocks:
        kind = blocks.get(each.get("kind", ""))
        fields = {name: value for name, value in each.items() if name not in ("id", "kind")}
        if kind and fields == kind.new(content.language):
            found.add(str(each["id"]))
    return found


@transaction.atomic
def add_language(
    message: Message,
    language: str,
    user: User,
    copy_from: Content | None = None,
    channel: str = Channel.EMAIL.value,
    variant: str = variants.FIRST,
) -> Content:
    """Begin a language on a channel with the blocks that its format begins with, or with a copy of another content's
    as far as the channel can show them."""
    _held(message.pk)
    if variant != variants.FIRST:
        _may_vary(message, channel, language, variant)
    form = formats[channel]
    content, made = Content.objects.get_or_create(
        message=message,
        language=language,
        channel=channel,
        variant=variant,
        defaults={"updated_by": user, "options": _new_options(form, language, copy_from)},
    )
    if made or not content.blocks:
        if copy_from:
            content.subject = copy_from.subject if form.title else ""
            content.preheader = copy_from.preheader if form.has_preheader else ""
            content.blocks = [each for each in _translated(copy_from, language) if form.takes(each)]
        else:
            content.blocks = [new_block(kind, language) for kind in form.begins_with]
        content.revision = F("revision") + 1
        content.save()
        content.refresh_from_db()
    return content


@transaction.atomic
def add_variant(source: Content, user: User) -> Content:
    """A copy of a content, which some people get in its place. Raises Refused or Locked."""
    message, channel, language = source.message, source.channel, source.language
    written = message.contents.filter(channel=channel, language=language).values_list("variant", flat=True)
    free = [letter for letter in variants.LETTERS if letter not in set(written)]
    if not free:
        raise Refused(_("There can be at most %(most)d variants.") % {"most": len(variants.LETTERS)})
    return add_language(message, language, user, source, channel, free[0])


def _may_vary(message: Message, channel: str, language: str, variant: str) -> None:
    if message.purpose != Message.Purpose.MARKETING:
        raise Refused(_("Everybody gets the same service message: it has no variants."))
    if variant not in variants.LETTERS:
        raise Refused(_("There is no such variant. Choose one of those shown."))
    if not message.contents.filter(channel=channel, language=language, variant=variants.FIRST).exists():
        raise Refused(_("First write variant A here: whoever is to get another one that is missing gets it."))


def _new_options(form: Format, language: str, source: Content | None) -> dict[str, Any]:
    """A variant has those of what it is a copy of."""
    same = source and (source.channel, source.language) == (form.key, language)
    return dict(source.options) if source and same else form.new_options()


@transaction.atomic
def remove(message: Message, channel: str, language: str, variant: str = variants.FIRST) -> None:
    """Take a variant away; with A, which the others stand beside, the whole language on that channel."""
    _held(message.pk)
    found = message.contents.filter(channel=channel, language=language)
    (found if variant == variants.FIRST else found.filter(variant=variant)).delete()


def _translated(source: Content, language: str) -> list[dict[str, Any]]:
    """The blocks with new ids. The footer's words are not translated by hand but known."""
    made = [copy.deepcopy(each) | {"id": _new_id()} for each in source.blocks]
    if language == source.language:
        return made
    for each in made:
        if blocks.get(each["kind"]) and blocks[each["kind"]].pinned:
            each |= {**blocks[each["kind"]].new(language), "note": each.get("note", "")}
    return made


def _place_after(content: Content, block_id: str) -> int:
    ids = [each["id"] for each in content.blocks]
    return min(ids.index(block_id) + 1 if block_id in ids else len(ids), _end(content))


def _end(content: Content) -> int:
    """The place behind the last block that is not pinned."""
    pinned = [
        n for n, each in enumerate(content.blocks) if each["kind"] in blocks and blocks[each["kind"]].pinned
    ]
    return pinned[0] if pinned else len(content.blocks)


def _new_id() -> str:
    return secrets.token_hex(4)
