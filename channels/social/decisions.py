"""What people decide about posts: schedule, post now, cancel, settle; copies, and drafts that go."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import SocialPost, SocialPostGroup
from channels.social.posts import (
    CHANGE,
    PUBLISH,
    SHARED,
    Refused,
    Stale,
    due,
    faults,
    locked,
    require,
)
from customers import audit
from customers.models import User

State = SocialPost.State


@transaction.atomic
def schedule(group_id: int, user: User, at: datetime, *, seen: int) -> list[SocialPost]:
    """Let all drafts of the group go at their time, or at once where they have none. `seen`: the revision reviewed."""
    require(user, PUBLISH)
    group, posts = locked(group_id)
    if seen != group.revision:
        raise Stale(_("Somebody else has changed this post meanwhile. Look at it again."))
    drafts = [post for post in posts if post.state == State.DRAFT]
    if not drafts:
        raise Refused(_("Nothing is left to schedule."))
    for post in drafts:
        first = next(faults(post, at), None)
        if first is not None:
            raise Refused(f"{post.account}: {first.sentence}")
        _let_go(post, due(post) or at, user)
    audit.record(user, "socialpost.scheduled", group, at, posts=[post.pk for post in drafts])
    return drafts


def _let_go(post: SocialPost, moment: datetime, user: User) -> None:
    post.state, post.due_at, post.scheduled_by = State.SCHEDULED, moment, user
    post.not_before, post.tries, post.looks, post.absences, post.look_at = None, 0, 0, 0, None
    post.reason, post.detail, post.field = "", "", ""
    post.save()


@transaction.atomic
def post_now(post_id: int, user: User, at: datetime) -> SocialPost:
    """Whatever waits, came too late, failed or was cancelled goes at the next minute."""
    post = _decide(post_id, user, {State.SCHEDULED, State.FAILED, State.CANCELLED})
    first = next(faults(post, at, timed=False), None)
    if first is not None:
        raise Refused(f"{post.account}: {first.sentence}")
    if post.state == State.FAILED:
        post.prepared = ""  # the network did not take what it had made ready
    _let_go(post, at, user)
    audit.record(user, "socialpost.posted_now", post, at)
    return post


@transaction.atomic
def cancel(post_id: int, user: User, at: datetime) -> SocialPost:
    post = _decide(post_id, user, {State.SCHEDULED, State.FAILED})
    post.state, post.reason, post.ended_at = State.CANCELLED, "", at
    post.save()
    audit.record(user, "socialpost.cancelled", post, at)
    return post


@transaction.atomic
def settle(post_id: int, user: User, at: datetime, *, there: bool) -> SocialPost:
    """Somebody has looked at the page: the doubtful post is there, or is to be posted again."""
    post = _decide(post_id, user, {State.UNKNOWN})
    if there:
        post.state, post.reason, post.look_at, post.ended_at = State.POSTED, "settled", None, at
        post.save()
    else:
        post.prepared = ""
        _let_go(post, at, user)
    audit.record(user, "socialpost.settled", post, at, there=there)
    return post


def _decide(post_id: int, user: User, states: set[str]) -> SocialPost:
    require(user, PUBLISH)
    post = (
        SocialPost.objects.select_for_update(of=("self",)).select_related("account", "group").get(pk=post_id)
    )
    if post.state not in states:
        raise Refused(
            _("This is no longer possible: the post is “%(state)s”.") % {"state": post.get_state_display()}
        )
    return post


@transaction.atomic
def duplicate(group: SocialPostGroup, user: User) -> SocialPostGroup:
    """A draft that says the same on the same accounts, without a time."""
    require(user, CHANGE)
    posts = list(group.posts.order_by("pk"))
    copy = SocialPostGroup(name=_("%(name)s (copy)") % {"name": group.name[:105]}, created_by=user)
    for name in (*SHARED, "time_zone", "utm_campaign"):
        setattr(copy, name, getattr(group, name))
    copy.save()
    for post in posts:
        SocialPost.objects.create(
            group=copy,
            account_id=post.account_id,
            own_text=post.own_text,
            time_zone=post.time_zone,
            **{name: getattr(post, name) for name in SHARED},
        )
    return copy


@transaction.atomic
def delete(group_id: int, user: User, at: datetime) -> None:
    """Only what nobody has seen may go."""
    require(user, CHANGE)
    group, posts = locked(group_id)
    if any(post.state not in (State.DRAFT, State.CANCELLED) for post in posts):
        raise Refused(_("Cancel what is scheduled first; what was posted stays."))
    audit.record(user, "socialpost.deleted", group, at)
    group.delete()
