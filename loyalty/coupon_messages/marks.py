"""Which coupon a message gives: written as the name of a field that its frozen contents read, so that it is part of
what was approved."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from channels.models import Message, VersionContent

KIND = "coupon"  # of the block
LEAVE_OUT = "leave_out"
NAME = re.compile(r"coupon_([1-9][0-9]{0,17})(_or_leave_out)?")
# What authors write in their own words.
CODE, VALID_UNTIL = "coupon_code", "coupon_valid_until"


class Mark(NamedTuple):
    """`leave_out`: who finds no free code does not get the message; else she waits for one."""

    coupon_id: int
    leave_out: bool

    @property
    def name(self) -> str:
        return f"coupon_{self.coupon_id}" + ("_or_leave_out" if self.leave_out else "")


def of_block(fields: Any) -> Mark | None:
    """The mark of a block's stored fields; None while no coupon is chosen."""
    chosen = str(fields.get("coupon") or "")
    if not NAME.fullmatch(f"coupon_{chosen}"):
        return None
    return Mark(int(chosen), fields.get("if_none") == LEAVE_OUT)


def of_fields(fields: Iterable[str]) -> Mark | None:
    return next(all_of_fields(fields), None)


def all_of_fields(fields: Iterable[str]) -> Iterator[Mark]:
    """A draft may name several, until its author has mended it."""
    for name in fields:
        if found := NAME.fullmatch(name):
            yield Mark(int(found.group(1)), bool(found.group(2)))


@lru_cache(maxsize=256)
def of_version(version_id: int) -> Mark | None:
    """Versions never change, so each process reads one once."""
    rows = VersionContent.objects.filter(version=version_id).order_by("pk").values_list("fields", flat=True)
    return next((mark for fields in rows if (mark := of_fields(fields))), None)


def of_message(message: Message) -> Mark | None:
    """As the drafts have it."""
    contents = message.contents.filter(channel__in=message.channels).order_by("pk")
    return next((mark for content in contents for mark in of_blocks(content.blocks)), None)


def of_blocks(blocks: Iterable[Any]) -> Iterator[Mark]:
    for fields in blocks:
        if fields.get("kind") == KIND and (mark := of_block(fields)):
            yield mark
