"""States and reasons of posts in the words that staff read."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import SocialAccount, SocialPost
from config import formats
from config.pages.parts import Text, Tone

State = SocialPost.State

TONES: dict[str, Tone] = {
    State.DRAFT: "calm",
    State.SCHEDULED: "info",
    State.CALLING: "info",
    State.POSTED: "good",
    State.UNKNOWN: "wait",
    State.FAILED: "bad",
    State.CANCELLED: "calm",
}


class Reason(NamedTuple):
    """`label`: what happened; `mend`: what can be done."""

    label: Text
    mend: Text


REASONS: dict[str, Reason] = {
    "late": Reason(
        gettext_lazy("It is too late to be posted by itself."),
        gettext_lazy("Post it now, or choose another time."),
    ),
    "paused": Reason(
        gettext_lazy("The account is paused."),
        gettext_lazy("It is posted once the account goes on, unless it is too late by then."),
    ),
    "line": Reason(
        gettext_lazy("The network could not be reached."), gettext_lazy("It is tried again by itself.")
    ),
    "rate": Reason(
        gettext_lazy("The network takes no more posts for now."), gettext_lazy("It is tried again by itself.")
    ),
    "preparing": Reason(
        gettext_lazy("The network still prepares the picture."), gettext_lazy("It is tried again by itself.")
    ),
    "absent": Reason(
        gettext_lazy("It did not arrive at the first try."), gettext_lazy("It is tried again by itself.")
    ),
    "content": Reason(
        gettext_lazy("The network does not take this post."), gettext_lazy("Change it and post it again.")
    ),
    "picture_away": Reason(
        gettext_lazy("The picture could not be fetched."),
        gettext_lazy("Choose another picture and post it again."),
    ),
    "gave_up": Reason(
        gettext_lazy("It did not work after several tries."),
        gettext_lazy("Test the account in the settings, then post it again."),
    ),
    "settings": Reason(
        gettext_lazy("The account's settings are not complete."),
        gettext_lazy("Complete them in the settings, then post it again."),
    ),
    "no_answer": Reason(
        gettext_lazy("The network did not say whether it took the post."),
        gettext_lazy("It is looked for on the network."),
    ),
    "lease_lost": Reason(
        gettext_lazy("A worker stopped while posting."),
        gettext_lazy("The post is looked for on the network."),
    ),
    "cannot_look": Reason(
        gettext_lazy("The network does not tell whether the post is there."),
        gettext_lazy("Look at the page yourself, then say here what you saw."),
    ),
    "token_expired": Reason(
        gettext_lazy("The network does not accept the access token any more."),
        gettext_lazy("Make a new one at the network, set it in the environment, then resume the account."),
    ),
    "forbidden": Reason(
        gettext_lazy("The network does not allow this account to post."),
        gettext_lazy("Give the access token the right to post, then resume the account."),
    ),
    "blocked": Reason(
        gettext_lazy("The network has blocked the account for the time being."),
        gettext_lazy("Look at the network's notes to the page, then resume the account."),
    ),
    "credits": Reason(
        gettext_lazy("The plan at the network does not allow more posts."),
        gettext_lazy("Extend the plan there, then resume the account."),
    ),
    "no_board": Reason(
        gettext_lazy("The network does not know this page or board."),
        gettext_lazy("Correct its number in the settings, then resume the account."),
    ),
    "settled": Reason(gettext_lazy("Somebody has seen it there."), ""),
    "found": Reason(gettext_lazy("It was found on the network."), ""),
}


def reason(key: str) -> Reason:
    """A reason that no page knows yet is shown by its key."""
    return REASONS.get(key) or Reason(key.replace("_", " "), "")


def why(post: SocialPost) -> Reason | None:
    """What to say beside the state; None where the state says it all."""
    if post.state == State.SCHEDULED and post.account.paused_at is not None:
        return reason("paused")
    if post.state == State.UNKNOWN and post.look_at is None:
        return reason("cannot_look")
    return reason(post.reason) if post.reason else None


def paused(account: SocialAccount) -> str:
    """Why an account is paused and what to do, as a sentence; "" for one that goes."""
    if account.paused_at is None:
        return ""
    if account.pause_code:
        found = reason(account.pause_code)
        return f"{found.label} {found.mend}"
    return account.pause_reason


def when(post: SocialPost) -> str:
    """ "24 Dec 2026, 18:00 (Berlin)", by the clock on the wall of the post's zone."""
    if post.due_at is None:
        return _("no time yet")
    return _("%(time)s (%(city)s)") % {
        "time": formats.moment(post.due_at, post.time_zone),
        "city": formats.zone_city(post.time_zone),
    }
