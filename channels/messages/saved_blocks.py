"""Blocks kept for the next message: saved from a draft under a name, put into another one as a copy."""

from datetime import datetime

from django.utils.translation import gettext as _

from channels.messages import drafts
from channels.messages.blocks import blocks
from channels.messages.drafts import Refused
from channels.messages.formats import formats
from channels.models import Content, SavedBlock
from customers.models import User


def keep(content: Content, block_id: str, name: str, by: User, at: datetime) -> SavedBlock:
    """Save the block under this name, in the place of one that is called so in this language. Raises Refused."""
    name = " ".join(name.split())[:80]
    if not name:
        raise Refused(_("Give the block a name by which others find it."))
    fields = {key: value for key, value in drafts.block(content, block_id).items() if key != "id"}
    if blocks[fields["kind"]].pinned:
        raise Refused(_("This block stands in every message anyway."))
    saved, _made = SavedBlock.objects.update_or_create(
        language=content.language,
        name=name,
        defaults={"kind": fields.pop("kind"), "fields": fields, "saved_by": by, "saved_at": at},
    )
    return saved


def offered(content: Content) -> list[SavedBlock]:
    """Those in the content's language that its channel can show."""
    form = formats[content.channel]
    found = SavedBlock.objects.filter(language=content.language).order_by("name")
    return [each for each in found if each.kind in blocks and form.takes({"kind": each.kind, **each.fields})]


def insert(content: Content, saved_id: int, after: str) -> str:
    """Add a copy behind `after`; its id. Raises Refused, also when somebody has deleted it meanwhile."""
    saved = next((each for each in offered(content) if each.pk == saved_id), None)
    if saved is None:
        raise Refused(_("This saved block no longer exists."))
    block_id = drafts.add(content, saved.kind, after)
    drafts.block(content, block_id).update(saved.fields)
    return block_id
