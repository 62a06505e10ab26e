"""Providers, one file each. Each worker process keeps one connection per account."""

import os
from datetime import datetime

from channels.backends.base import Call, Connection, Outcome, backends
from channels.models import Account

__all__ = ["Call", "Outcome", "backends", "close_all", "connection", "send_test", "unsent"]

_kept: dict[tuple[int, int, str], Connection] = {}


def connection(account: Account) -> Connection:
    """This process's connection of the account; a new one when its settings have changed."""
    key = (os.getpid(), account.pk, f"{account.backend} {sorted(account.settings.items())!r}")
    if key not in _kept:
        for old in [each for each in _kept if each[:2] == key[:2]]:
            _kept.pop(old).close()
        _kept[key] = backends[account.backend].connect(account)
    return _kept[key]


def close_all() -> None:
    for key in list(_kept):
        kept = _kept.pop(key)
        if key[0] == os.getpid():
            kept.close()


def unsent() -> list[str]:
    """The providers that only show what would be sent."""
    return [each.key for each in backends if not each.sends]


def send_test(account: Account, call: Call, at: datetime) -> Outcome:
    """Send one test mail at once, by a connection of its own. `call.id` may be 0: no Delivery is written."""
    line = backends[account.backend].connect(account)
    try:
        return line.send([call], at)[call.id]
    finally:
        line.close()
