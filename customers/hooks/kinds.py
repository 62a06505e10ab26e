"""What webhooks can tell: one class for each kind of fact, in the folder `hook_kinds` of the app that knows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.dispatch import Signal

from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Fact(NamedTuple):
    """What is told of one fact, as plain JSON: amounts in minor units with their currency, times by `instant`.

    Of whom it is stands in `data["customer"]` when it is told; None: of nobody we know. `at` is when its row says that
    it came true, for what is told of a row once; None: what holds now, of a row that may change again.
    """

    customer_id: int | None
    data: dict[str, Any]
    at: datetime | None = None


class HookKind:
    """One kind of fact, which `signal` tells of. Several kinds may listen to one signal.

    `sample` is the `data` of an example.
    """

    key: str
    label: "StrPromise"
    help: "StrPromise"
    position: int = 50
    signal: Signal
    sample: Mapping[str, Any]

    def concerns(self, told: Mapping[str, Any]) -> bool:
        """Whether what the signal carries besides its ids can be of this kind. Asks the database nothing."""
        return True

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        """{id: fact} of the signal's ids, in a fixed number of queries; without those that are of another kind."""
        raise NotImplementedError


# How somebody is named: our own lasting id, and the numbers that she has in other systems.
CUSTOMER = {
    "id": "5d0c0f0e-6a53-4d0f-8d0a-1f6b7e3c9a11",
    "numbers": [{"source": "shop", "number": "K10001"}],
}
AT = "2026-11-02T12:00:00+00:00"

hook_kinds: Registry[HookKind] = Registry("hook_kinds")


def ordered() -> list[HookKind]:
    return sorted(hook_kinds, key=lambda kind: (kind.position, kind.key))


def label(key: str) -> str:
    """Of a kind that is gone, its key."""
    kind = hook_kinds.get(key)
    return key if kind is None else str(kind.label)


def instant(at: datetime | None) -> str | None:
    """A time as JSON has it: ISO 8601 with its zone."""
    return None if at is None else at.isoformat()
