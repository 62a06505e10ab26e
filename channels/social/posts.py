"""Writing posts: one text for several accounts, its variations, and everything that is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from channels import targets
from channels.models import SocialAccount, SocialPost, SocialPostGroup
from channels.networks.base import Network, Text, networks
from channels.social import tracked
from config import clocks
from config.pages.parts import Text as Words
from customers import audit, catalogue
from customers.models import Shop, User

State = SocialPost.State
CHANGE, PUBLISH = "channels.change_socialpost", "channels.publish_socialpost"
# Instead of the tracked link of a post that has no row yet; as long as one.
SAMPLE_LINK = "https://shop.example/s/" + "x" * 32 + "/"
SHARED = ("text", "title", "link", "picture", "alt")
PASTS = timedelta(minutes=1)  # the time that filling in a form may take


class Refused(Exception):
    """`sentence` is in the reader's language: what happened, why, what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Stale(Refused):
    """Somebody else changed it since this reader opened it."""


@dataclass(frozen=True)
class Variation:
    """What one account says or when it says it; None: as all of them."""

    text: str | None = None
    wall_time: datetime | None = None


@dataclass(frozen=True)
class Draft:
    """What the composer holds. `wall_time` is a clock on the wall in `time_zone`, stored as if it were UTC."""

    name: str
    text: str = ""
    title: str = ""
    link: str = ""
    picture: str = ""
    alt: str = ""
    wall_time: datetime | None = None
    time_zone: str = "Europe/Berlin"
    utm_campaign: str = ""
    accounts: Mapping[int, Variation] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """`place`: text, title, picture, link, time or accounts."""

    place: str
    sentence: Words
    account: SocialAccount | None = None


@transaction.atomic
def create(user: User | None, name: str, **fields: str) -> SocialPostGroup:
    zone = Shop.current().time_zone
    return SocialPostGroup.objects.create(name=name, time_zone=zone, created_by=user, **fields)


def locked(group_id: int) -> tuple[SocialPostGroup, list[SocialPost]]:
    """The group and its posts under their locks, which every change takes first, in this order."""
    group = SocialPostGroup.objects.select_for_update().get(pk=group_id)
    posts = SocialPost.objects.select_for_update(of=("self",)).select_related("account", "group")
    return group, list(posts.filter(group=group).order_by("pk"))


@transaction.atomic
def save(group_id: int, revision: int, draft: Draft, user: User, at: datetime) -> SocialPostGroup:
    """Write the draft to the group and to all its posts that may still be edited.

    Raises Stale if somebody was quicker, Refused where a scheduled post would become one that cannot be posted.
    """
    require(user, CHANGE)
    group, posts = locked(group_id)
    if revision != group.revision:
        raise Stale(_("Somebody else has changed this post meanwhile. The page now shows her version."))
    write(group, draft)
    group.revision += 1
    group.save()
    for post in _chosen(group, posts, draft):
        _fill(post, group, draft.accounts.get(post.account_id, Variation()))
        if post.state == State.SCHEDULED:
            require(user, PUBLISH)
            _reschedule(post, at)
            audit.record(user, "socialpost.changed", post, at)
        post.save()
    return group


def write(group: SocialPostGroup, draft: Draft) -> None:
    for name in ("name", *SHARED, "wall_time", "time_zone", "utm_campaign"):
        setattr(group, name, getattr(draft, name))


def _chosen(group: SocialPostGroup, posts: list[SocialPost], draft: Draft) -> Iterator[SocialPost]:
    """The posts to write: drafts of accounts that are not chosen any more go, new accounts get theirs."""
    known = {post.account_id for post in posts}
    for post in posts:
        if post.state == State.DRAFT and post.account_id not in draft.accounts:
            post.delete()
        elif post.is_open:
            yield post
    for account in SocialAccount.objects.filter(pk__in=draft.accounts.keys() - known).order_by("pk"):
        yield SocialPost(group=group, account=account)


def _fill(post: SocialPost, group: SocialPostGroup, variation: Variation) -> None:
    before = [getattr(post, name) for name in SHARED]
    for name in SHARED:
        setattr(post, name, getattr(group, name))
    post.own_text, post.own_time = variation.text is not None, variation.wall_time is not None
    post.text = group.text if variation.text is None else variation.text
    post.wall_time = variation.wall_time or group.wall_time
    post.time_zone = group.time_zone
    if [getattr(post, name) for name in SHARED] != before:
        post.prepared = ""  # the network holds it as it was


def _reschedule(post: SocialPost, at: datetime) -> None:
    """A scheduled post stays one: what it says now must be possible, and its time to come."""
    before = post.due_at
    post.due_at = due(post) or before
    first = next(faults(post, at, timed=post.due_at != before), None)
    if first is not None:
        raise Refused(f"{post.account}: {first.sentence}")
    if post.due_at != before:
        post.not_before, post.reason, post.tries = None, "", 0


# --- What is wrong ---


def network(post: SocialPost) -> Network:
    return networks[post.account.network]


def content(post: SocialPost) -> Text:
    """The post as its network gets it."""
    link = tracked.address(post) or (SAMPLE_LINK if post.link else "")
    return Text(
        post.text, post.title, link, catalogue.absolute(post.picture) if post.picture else "", post.alt
    )


def faults(post: SocialPost, at: datetime, *, timed: bool = True) -> Iterator[Fault]:
    """Everything that keeps the post from being scheduled; `timed`: its time must be one to come."""
    said, where = content(post), network(post)
    for place, sentence in where.faults(said):
        yield Fault(place, sentence, post.account)
    if post.link and not targets.is_safe(post.link):
        yield Fault("link", _("The link must be a whole address that begins with https://."), post.account)
    if said.picture and not post.account.sandbox:
        yield from _picture_faults(post, said.picture, where)
    moment = due(post)
    if timed and moment is not None and moment < at - PASTS:
        yield Fault("time", _("This time has passed. Choose a later one, or post at once."), post.account)


def _picture_faults(post: SocialPost, picture: str, where: Network) -> Iterator[Fault]:
    """The sandbox shows any picture; the networks fetch it themselves and take few kinds."""
    parts = urlsplit(picture)
    if parts.scheme != "https":
        yield Fault(
            "picture",
            _("The networks fetch the picture: its address must begin with https://."),
            post.account,
        )
    kind = PurePosixPath(parts.path).suffix.lower()
    if kind and kind not in where.pictures | {".jpg", ".jpeg"}:
        sentence = _("%(network)s takes this picture as %(kinds)s only.")
        kinds = "JPEG" if not where.pictures else "JPEG, PNG"
        yield Fault("picture", sentence % {"network": where.label, "kinds": kinds}, post.account)


def due(post: SocialPost) -> datetime | None:
    return clocks.instant(post.wall_time, post.time_zone) if post.wall_time else None


def require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied


def on_the_wall(at: datetime, zone: str) -> datetime:
    """What the clock shows in the zone at that instant, as the database keeps it."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC, fold=0)


def preview(group: SocialPostGroup, posts: list[SocialPost], draft: Draft) -> list[SocialPost]:
    """The posts as saving the draft would leave them, unsaved; what is on its way or out is shown as it is."""
    drawn = SocialPostGroup(pk=group.pk)
    write(drawn, draft)
    known = {post.account_id: post for post in posts}
    shown = [post for post in posts if not post.is_open]
    for account in SocialAccount.objects.filter(pk__in=draft.accounts):
        post = known.get(account.pk) or SocialPost(group=group, account=account)
        if post.is_open:
            _fill(post, drawn, draft.accounts[account.pk])
            post.due_at = due(post)
            shown.append(post)
    return in_order(shown)


def in_order(posts: list[SocialPost]) -> list[SocialPost]:
    """By network, as they stand everywhere."""
    return sorted(posts, key=lambda post: (network(post).position, post.account.name))


def of(group: SocialPostGroup) -> list[SocialPost]:
    return in_order(list(group.posts.select_related("account", "group")))


def needing() -> QuerySet[SocialPost]:
    """What only a person can move on: too late, failed, or in a doubt that no look-up could settle."""
    late = Q(state=State.SCHEDULED, reason="late")
    doubtful = Q(state=State.UNKNOWN, look_at=None)
    return SocialPost.objects.filter(late | doubtful | Q(state=State.FAILED))
