"""What pages say of webhooks and their calls."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.hooks import kinds, managing
from customers.models import Hook, HookCall

HOOK_STATES = {
    "works": gettext_lazy("active"),
    "failing": gettext_lazy("failing"),
    "paused": gettext_lazy("paused"),
}
HOOK_TONES: dict[str, Any] = {"works": "good", "failing": "wait", "paused": "bad"}
CALL_STATES = {
    "delivered": gettext_lazy("delivered"),
    "waiting": gettext_lazy("waiting"),
    "given_up": gettext_lazy("given up"),
}
CALL_TONES: dict[str, Any] = {"delivered": "good", "waiting": "wait", "given_up": "bad"}
WHY_PAUSED = {
    Hook.Pause.BY_HAND: gettext_lazy("Somebody has paused it."),
    Hook.Pause.FAILING: gettext_lazy("No call has got through for three days."),
    Hook.Pause.GONE: gettext_lazy("The receiver says that it wants no more calls (410)."),
    Hook.Pause.SECRET: gettext_lazy(
        "Its secret cannot be read any more, since SECRET_KEY was changed. Make a new one, and give it to the receiver."
    ),
}


def state(hook: Hook) -> str:
    if hook.paused_at is not None:
        return "paused"
    return "failing" if hook.failing_since is not None else "works"


def why_paused(hook: Hook) -> str:
    return str(WHY_PAUSED.get(Hook.Pause(hook.pause_reason), ""))


def call_state(call: HookCall) -> str:
    if call.delivered_at is not None:
        return "delivered"
    return "given_up" if call.due_at is None else "waiting"


def kind(key: str) -> str:
    """Of a call: what it tells of."""
    return _("Test") if key == managing.TEST else kinds.label(key)


def outcome(status: int | None, detail: str) -> str:
    """What came of an attempt: the answer's number, or how there was none."""
    if status is not None:
        return _("Answer %s") % status
    return str(HookCall.Detail(detail).label) if detail else ""
