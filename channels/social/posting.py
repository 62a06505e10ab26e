"""Posting what is due, once: claimed under a row lock, `calling` committed before the call, doubt settled by looking.

    scheduled -> calling -> posted | failed | scheduled again (surely not posted) | unknown
    unknown   -> looked for on the network -> posted | scheduled again (absent at two looks) | a person settles it

Nothing here depends on who calls it or how often: the row's lock and its fence decide.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from channels.models import SocialPost
from channels.networks import sandbox
from channels.networks.base import Call, Connection, Found, Kind, Lost, Outcome, Presence
from channels.social import accounts, posts

State = SocialPost.State
LEASE = timedelta(minutes=5)  # longer than all calls of one post together
MARGIN = timedelta(minutes=2)  # the network's clock and ours
# A post that a network took can be missing from its list for a while: it is absent only at the second look.
LOOKS = (timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=15))
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))
ONE_TICK = 50  # seconds

Clock = Callable[[], datetime]


def tick(clock: Clock) -> int:
    """Settle what can be settled, then post what is due; returns how many posts were handed to a network."""
    began, posted = clock(), 0
    sweep(began)
    look_for_all(clock)
    while (clock() - began).total_seconds() < ONE_TICK and (post := claim(clock())) is not None:
        post_one(post, clock)
        posted += 1
    return posted


# --- Claiming ---


def due(at: datetime) -> QuerySet[SocialPost]:
    rows = SocialPost.objects.filter(
        state=State.SCHEDULED, due_at__lte=at, due_at__gte=at - settings.LATE_AFTER
    )
    rows = rows.filter(Q(not_before=None) | Q(not_before__lte=at), account__paused_at=None)
    return rows.order_by("due_at", "pk")


def lock(rows: QuerySet[SocialPost]) -> QuerySet[SocialPost]:
    """The rows' locks; those that another worker holds are passed over."""
    return rows.select_for_update(skip_locked=True, of=("self",))


@transaction.atomic
def claim(at: datetime) -> SocialPost | None:
    """One post that is due, now `calling` and this worker's, until its lease runs out."""
    post = lock(due(at)).first()
    if post is None:
        return None
    mine = SocialPost.objects.filter(pk=post.pk)
    mine.update(
        state=State.CALLING,
        reason="",
        detail="",
        field="",
        tries=F("tries") + 1,
        fence=F("fence") + 1,
        lease_until=Now() + LEASE,
        called_at=at,
        ended_at=None,
    )
    return mine.select_related("account", "group").get()


# --- Calling ---


class Hand:
    """How a connection writes to the row while it calls, as long as the post is this worker's."""

    def __init__(self, post: SocialPost) -> None:
        self.mine = SocialPost.objects.filter(pk=post.pk, fence=post.fence, state=State.CALLING)

    def keep(self, prepared: str) -> None:
        if not self.mine.update(prepared=prepared):
            raise Lost

    def go(self) -> None:
        if not self.mine.filter(lease_until__gt=Now()).exists():
            raise Lost


def call(post: SocialPost) -> Call:
    return Call(post.pk, posts.content(post), post.prepared)


def post_one(post: SocialPost, clock: Clock) -> None:
    try:
        line = sandbox.connect(post.account)
    except ValueError as missing:
        record(post, Outcome(Kind.CONTENT, "settings", str(missing)), clock())
        return
    try:
        outcome = line.publish(call(post), Hand(post))
    except Lost:
        return
    finally:
        line.close()
    record(post, outcome, clock())


@transaction.atomic
def record(post: SocialPost, outcome: Outcome, at: datetime) -> bool:
    """Write what became of the call; False where the post is somebody else's by now."""
    mine = SocialPost.objects.filter(pk=post.pk, fence=post.fence, state=State.CALLING)
    changed = mine.update(**_changes(post, outcome, at), lease_until=None, looks=0, absences=0)
    if outcome.kind is Kind.ACCOUNT and changed:
        accounts.pause_by_network(post.account_id, outcome.reason, outcome.detail, at)
    return bool(changed)


def _changes(post: SocialPost, outcome: Outcome, at: datetime) -> dict[str, Any]:
    said = {"reason": outcome.reason, "detail": outcome.detail[:300], "field": outcome.field}
    match outcome.kind:
        case Kind.POSTED:
            return {
                "state": State.POSTED,
                "provider_id": outcome.provider_id,
                "permalink": outcome.permalink,
                "ended_at": at,
                "look_at": None,
                **said,
            }
        case Kind.UNKNOWN:
            return {"state": State.UNKNOWN, "look_at": at + LOOKS[0], "ended_at": at, **said}
        case Kind.CONTENT:
            return {"state": State.FAILED, "ended_at": at, **said}
        case Kind.ACCOUNT:  # it waits for the account, and is late after two hours
            return {"state": State.SCHEDULED, "not_before": None, **said, "tries": max(0, post.tries - 1)}
    return _later(post, outcome, at) | {"detail": said["detail"]}


def _later(post: SocialPost, outcome: Outcome, at: datetime) -> dict[str, Any]:
    if post.tries > len(RETRIES):
        return {"state": State.FAILED, "reason": "gave_up", "ended_at": at}
    wait = RETRIES[post.tries - 1]
    if outcome.retry_after is not None:
        wait = max(timedelta(seconds=outcome.retry_after), timedelta(seconds=1))
    return {"state": State.SCHEDULED, "reason": outcome.reason, "not_before": at + wait}


# --- Mending ---


def sweep(at: datetime) -> None:
    """What a dead worker left is in doubt; what is too late waits for a person."""
    left = SocialPost.objects.filter(state=State.CALLING, lease_until__lt=Now())
    left.update(
        state=State.UNKNOWN,
        reason="lease_lost",
        fence=F("fence") + 1,
        lease_until=None,
        looks=0,
        absences=0,
        look_at=at,
        ended_at=at,
    )
    late = SocialPost.objects.filter(state=State.SCHEDULED, due_at__lt=at - settings.LATE_AFTER)
    late.exclude(reason="late").update(reason="late")


# --- Looking ---


@transaction.atomic
def claim_look(at: datetime) -> SocialPost | None:
    """One doubtful post to look for; the next look is set first, so that no other worker looks as well."""
    doubtful = SocialPost.objects.filter(state=State.UNKNOWN, look_at__lte=at).order_by("look_at", "pk")
    post = lock(doubtful).first()
    if post is None:
        return None
    post.look_at = at + LEASE
    post.save(update_fields=["look_at"])
    return SocialPost.objects.select_related("account", "group").get(pk=post.pk)


def look_for_all(clock: Clock) -> None:
    while (post := claim_look(clock())) is not None:
        look_for(post, clock)


def look_for(post: SocialPost, clock: Clock) -> None:
    try:
        line = sandbox.connect(post.account)
    except ValueError as missing:
        settle(post, Found(Presence.CANNOT, outcome=Outcome(Kind.LINE, "settings", str(missing))), clock())
        return
    settle(post, _look(line, post), clock())


def _look(line: Connection, post: SocialPost) -> Found:
    called = post.called_at or post.due_at
    if called is None:
        return Found(Presence.CANNOT)
    try:
        return line.find(call(post), called - MARGIN)
    finally:
        line.close()


@transaction.atomic
def settle(post: SocialPost, found: Found, at: datetime) -> None:
    """Write what a look told: there, absent for good, or look again, until only a person can say."""
    mine = SocialPost.objects.filter(pk=post.pk, state=State.UNKNOWN, fence=post.fence)
    looks = post.looks + 1
    following = at + LOOKS[looks] if looks < len(LOOKS) else None
    if found.presence is Presence.HERE:
        here = {"provider_id": found.provider_id[:120], "permalink": found.permalink or post.permalink}
        mine.update(state=State.POSTED, reason="found", detail="", look_at=None, looks=looks, **here)
    elif found.presence is Presence.ABSENT and post.absences >= 1:
        _again(mine, post, at)
    elif found.presence is Presence.ABSENT:
        mine.update(look_at=following, looks=looks, absences=post.absences + 1)
    else:
        mine.update(look_at=following, looks=looks, absences=0)
        if found.outcome is not None and found.outcome.kind is Kind.ACCOUNT:
            accounts.pause_by_network(post.account_id, found.outcome.reason, found.outcome.detail, at)


def _again(mine: QuerySet[SocialPost], post: SocialPost, at: datetime) -> None:
    """It surely is not there. An account that was paused since keeps it waiting."""
    if post.tries > len(RETRIES):
        mine.update(state=State.FAILED, reason="gave_up", look_at=None, ended_at=at)
    else:
        mine.update(state=State.SCHEDULED, reason="absent", look_at=None, not_before=None)
