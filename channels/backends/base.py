"""What a provider is to us: calls in, one outcome for each, no exception and no transaction."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django import forms

from channels.models import Account, Channel
from config.environment import Environment
from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

NOTHING: Mapping[str, Any] = MappingProxyType({})
# Single calls go on for at most this long, in seconds; what is left comes back as UNSENT.
BUDGET = 1.0
# Under this name providers keep our reference with the mail and repeat it in their reports.
METADATA = "delivery"


class Call(NamedTuple):
    """One message to one person. `id` is the delivery's; `headers` are a mail's extra ones, by name; `parts` is what
    the formats of other channels show besides the subject and the text.

    `return_path`: the address that a mail bounces to, by SMTP; empty: the sender's.

    `topic`: a later message with the same one takes this one's place, where the channel can do that. `expires_at`: it
    must not arrive behind that. `ends_at`: what it offers ends then, so it is not shown any more. `urgent`: somebody
    waits for it. `tracked`: what she does with it may be known.
    """

    id: int
    recipient: str
    sender_name: str
    sender_email: str
    reply_to: str
    message_id: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]
    channel: str = Channel.EMAIL.value
    parts: Mapping[str, Any] = NOTHING
    topic: str = ""
    expires_at: datetime | None = None
    ends_at: datetime | None = None
    urgent: bool = False
    tracked: bool = False
    return_path: str = ""


class Kind(StrEnum):
    ACCEPTED = "accepted"
    LINE = "line"  # nothing was taken over: again later
    ADDRESS = "address"  # this address does not work
    US = "us"  # key, quota, content: a person must look
    UNKNOWN = "unknown"  # may have been taken over
    UNSENT = "unsent"  # not tried, the time was up


class Outcome(NamedTuple):
    """`retry_after`: seconds that the provider asked for; `suppress`: the address will never work, or, if `objected`,
    its owner wants nothing more."""

    kind: Kind
    provider_id: str = ""
    detail: str = ""
    retry_after: float | None = None
    suppress: bool = True
    objected: bool = False


Outcomes = dict[int, Outcome]

UNSENT = Outcome(Kind.UNSENT)


class Connection(Protocol):
    """A way to the provider that one process keeps and uses from one thread.

    `send` never raises for what the provider does, and answers for every call. Whatever may have reached the
    provider without its answer is UNKNOWN; only what it surely has not taken over is LINE.
    """

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes: ...

    def close(self) -> None: ...


class Backend:
    """A kind of provider, registered in a folder `backends`. `has_secret`: it wants a password of the account's."""

    key: str
    label: "StrPromise"
    help: "StrPromise | str" = ""
    icon = "send"
    Form: type[forms.Form] = forms.Form  # the settings that people fill in
    channels: tuple[str, ...] = (Channel.EMAIL.value,)
    sends = True
    has_secret = True

    def complaints(self, given: Mapping[str, Any], channel: str) -> Iterator[tuple[str, "StrPromise"]]:
        """(field, sentence) for settings that do not go together."""
        return iter(())

    def saved(self, account: Account, at: datetime) -> None:
        """Called when somebody has saved the settings of an account."""

    def connect(self, account: Account) -> Connection:
        """Prepares a connection without using the network. Raises ValueError in plain words for bad settings."""
        raise NotImplementedError


backends: Registry[Backend] = Registry("backends")


def secret(account: Account, name: str = "PASSWORD") -> str:
    """The account's secret, from ACCOUNT_<id>_<name> or ACCOUNT_<NAME>_<name> of the environment, or a file of it."""
    env = Environment()
    word = re.sub(r"[^A-Z0-9]+", "_", account.name.upper()).strip("_")
    by_id: str = env.str(f"ACCOUNT_{account.pk}_{name}", default="")
    by_name: str = env.str(f"ACCOUNT_{word}_{name}", default="") if word else ""
    return by_id or by_name


# Servers like to repeat whom a mail was for. Longer texts are cut first, so that no pattern has much to read.
LONGEST = 4_000
ADDRESS = re.compile(r"""<?(?:"[^"]*"|[^\s<>"'(),;:]*)(?:@|%40)[^\s<>"'(),;:]*>?""", re.IGNORECASE)
PHONE = re.compile(r"(?<![\w.+-])(?:(?:\+|00?)[1-9][\d ()/-]{5,18}\d|[1-9]\d{9,14})(?![\w.])")


def shortened(detail: object) -> str:
    """A provider's words as one line that fits `Delivery.detail`, without addresses and telephone numbers.

    Whoever may read why a mail failed need not be one who may read whom it was for.
    """
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", str(detail)[:LONGEST]).strip()
    return PHONE.sub("<…>", ADDRESS.sub("<…>", line)).encode(errors="replace").decode()[:300]
