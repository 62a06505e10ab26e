"""The network for trying things out: whatever an account of the sandbox posts is shown on our own feed page only."""

from datetime import datetime

from channels.models import SocialAccount
from channels.networks.base import (
    Call,
    Connection,
    Found,
    Hand,
    Kind,
    Outcome,
    Presence,
    networks,
)


class Feed:
    """The row of the post is all there is to it, so nothing can be in doubt."""

    def __init__(self, account: SocialAccount) -> None:
        self.account = account

    def publish(self, call: Call, hand: Hand) -> Outcome:
        hand.go()
        return Outcome(Kind.POSTED, provider_id=f"sandbox-{call.post_id}")

    def find(self, call: Call, since: datetime) -> Found:
        return Found(Presence.ABSENT)

    def who(self) -> str | Outcome:
        return self.account.name

    def close(self) -> None:
        pass


def connect(account: SocialAccount) -> Connection:
    """The way to where the account posts. Raises ValueError, naming the setting or secret that is missing."""
    return Feed(account) if account.sandbox else networks[account.network].connect(account)
