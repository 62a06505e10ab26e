"""Accounts on social networks: pausing, resuming, and asking who they are."""

from datetime import datetime

from django.db import transaction

from channels.models import SocialAccount, SocialPost
from channels.networks import sandbox
from channels.networks.base import Kind, Outcome
from customers import audit
from customers.models import User


def pause_by_network(account_id: int, code: str, detail: str, at: datetime) -> None:
    """The network does not let it post: everything else would fail alike, so it waits until a person mended it."""
    going = SocialAccount.objects.filter(pk=account_id, paused_at=None)
    if going.update(paused_at=at, pause_code=code, pause_reason=detail[:300]):
        audit.record(None, "socialaccount.paused", SocialAccount.objects.get(pk=account_id), at, code=code)


@transaction.atomic
def pause(account: SocialAccount, user: User, at: datetime, reason: str) -> None:
    account.paused_at, account.pause_code, account.pause_reason = at, "", reason
    account.save(update_fields=["paused_at", "pause_code", "pause_reason"])
    audit.record(user, "socialaccount.paused", account, at, reason=reason)


@transaction.atomic
def resume(account: SocialAccount, user: User, at: datetime) -> None:
    """Posts that waited go out; what could not be looked up is looked for again."""
    account.paused_at, account.pause_code, account.pause_reason = None, "", ""
    account.save(update_fields=["paused_at", "pause_code", "pause_reason"])
    doubtful = SocialPost.objects.filter(account=account, state=SocialPost.State.UNKNOWN, look_at=None)
    doubtful.update(look_at=at, looks=0, absences=0)
    audit.record(user, "socialaccount.resumed", account, at)


def test(account: SocialAccount, user: User, at: datetime) -> str | Outcome:
    """Ask the network for the name behind the account; on success it is kept with the time."""
    try:
        line = sandbox.connect(account)
    except ValueError as missing:
        return Outcome(Kind.CONTENT, "settings", str(missing))
    try:
        answer = line.who()
    finally:
        line.close()
    good = isinstance(answer, str)
    if isinstance(answer, str):
        account.page_name, account.tested_at = answer[:200], at
        account.save(update_fields=["page_name", "tested_at"])
    audit.record(user, "socialaccount.tested", account, at, good=good)
    return answer
