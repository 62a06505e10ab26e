"""Names and addresses as the interfaces of mail services want them, by django-anymail's own reading."""

import json
import re
from functools import lru_cache

from anymail.utils import EmailAddress, parse_single_address

from channels.backends import mime
from channels.backends.base import METADATA, Call

# One address and nothing besides: in a list of mails nobody may slip in a second reader.
ONE = re.compile(r"[^\s\x00-\x20\x7f,;:<>()\[\]\"\\@]+@[^\s\x00-\x20\x7f,;:<>()\[\]\"\\@]+")


@lru_cache(maxsize=256)
def sender(name: str, email: str) -> EmailAddress:
    """Raises AnymailInvalidAddress, which is a ValueError."""
    return parse_single_address(mime.mailbox(name, email).replace("\r\n", ""))


@lru_cache(maxsize=256)
def reply_to(email: str) -> EmailAddress | None:
    return parse_single_address(mime.wire_address(email)) if email else None


def recipient(call: Call) -> str:
    """Raises ValueError for what is not one plain address."""
    address = mime.wire_address(call.recipient)
    if not ONE.fullmatch(address):
        raise ValueError("this is not one plain address")
    return address


def headers(call: Call) -> dict[str, str]:
    own = {name: mime.clean(value) for name, value in call.headers.items()}
    return own | {"Message-ID": mime.clean(call.message_id)}


def reference(call: Call) -> str:
    """Our own name for the mail, by which a report of it can be known though no answer came."""
    return call.message_id.strip("<>").rpartition("@")[0]


def metadata(call: Call) -> str:
    return json.dumps({METADATA: reference(call)})
