"""A group of posts: its page, with review and results, and the composer."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels.forms.social import ComposerForm
from channels.models import SocialPost, SocialPostGroup
from channels.networks.base import networks
from channels.social import cards, clicks, owners, posts, words
from channels.social.posts import Refused, Stale
from channels.views.social_parts import CHANGE, PUBLISH, VIEW, drawn, group_or_404, reader
from config import clocks, formats

State = SocialPost.State


@login_required
@permission_required(VIEW, raise_exception=True)
def social_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """What is said where and when, what came of it, and what there is to decide."""
    group, at = group_or_404(group_id), timezone.now()
    found = posts.of(group)
    counted = clicks.of([post.pk for post in found])
    lines = [_line(request, post, at, counted.get(post.pk, clicks.NONE)) for post in found]
    drafts = [line for line in lines if line["post"].state == State.DRAFT]
    context = {
        "group": group,
        "title": group.name,
        "owner": owners.of(group.pk),
        "lines": lines,
        "drafts": len(drafts),
        "faulty": any(line["card"].faults for line in drafts),
        "at_once": [line for line in drafts if line["post"].wall_time is None],
        "may_change": not found or any(post.is_open for post in found),
        "may_publish": request.user.has_perm(PUBLISH),
        "deletable": all(post.state in (State.DRAFT, State.CANCELLED) for post in found),
        "total": sum(each.people for each in counted.values()),
    }
    return drawn(request, "channels/social_group.html", context)


def _line(request: HttpRequest, post: SocialPost, at: datetime, counted: clicks.Clicks) -> dict[str, Any]:
    may = request.user.has_perm(PUBLISH)
    moment = post.due_at or posts.due(post)
    return {
        "post": post,
        "card": cards.card(post, at),
        "tone": words.TONES[post.state],
        "why": words.why(post),
        "when": _when(post, moment),
        "warning": _warning(post),
        "clicks": counted,
        "now": may and post.state in (State.SCHEDULED, State.FAILED, State.CANCELLED),
        "cancel": may and post.state in (State.SCHEDULED, State.FAILED),
        "settle": may and post.state == State.UNKNOWN,
    }


def _when(post: SocialPost, moment: datetime | None) -> str:
    if moment is None:
        return _("at once, when it is scheduled")
    return _("%(time)s (%(city)s)") % {
        "time": formats.moment(moment, post.time_zone),
        "city": formats.zone_city(post.time_zone),
    }


def _warning(post: SocialPost) -> str:
    """What a clock change does to the wall time."""
    found = clocks.kind(post.wall_time, post.time_zone) if post.wall_time and post.is_open else clocks.PLAIN
    if found == clocks.SKIPPED:
        return _(
            "The clocks go forward that night, so this time does not exist. It is posted at the next one."
        )
    if found == clocks.DOUBLED:
        return _("The clocks go back that night, so this time happens twice. It is posted the first time.")
    return ""


# --- The composer ---


@login_required
@permission_required(CHANGE, raise_exception=True)
def social_edit(request: HttpRequest, group_id: int) -> HttpResponse:
    """Drafts are saved at every change; what is scheduled only by its button, and only if it can still be posted."""
    group = group_or_404(group_id)
    found = posts.of(group)
    form = ComposerForm(request.POST or None, group, found)
    if request.method == "POST" and form.is_valid():
        return _saved(request, group, form)
    return _composer(request, group, found, form)


def _saved(request: HttpRequest, group: SocialPostGroup, form: ComposerForm) -> HttpResponse:
    try:
        posts.save(group.pk, _revision(request), form.draft(), reader(request), timezone.now())
    except Stale as stale:
        messages.error(request, stale.sentence)
        return redirect("social_edit", group.pk)
    except Refused as refused:
        form.add_error(None, refused.sentence)
        return _composer(request, group, posts.of(group), form)
    if not group.posts.exists():
        form.add_error("accounts", _("Choose at least one account."))
        return _composer(request, group_or_404(group.pk), [], form)
    return redirect("social_group", group.pk)


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def social_preview(request: HttpRequest, group_id: int) -> HttpResponse:
    """A fragment: the cards of what stands in the form, its faults at their fields; drafts are saved on the way."""
    group, at = group_or_404(group_id), timezone.now()
    found = posts.of(group)
    form = ComposerForm(request.POST, group, found)
    conflict, saved_at = "", None
    form.is_valid()
    if not form.errors and not _is_live(found):
        try:
            group = posts.save(group.pk, _revision(request), form.draft(), reader(request), at)
            found, saved_at = posts.of(group), at
        except Refused as refused:
            conflict = refused.sentence
    context = _parts(group, found, form, at) | {"conflict": conflict, "saved_at": saved_at}
    return drawn(request, "channels/_social_preview.html", context)


def _composer(
    request: HttpRequest, group: SocialPostGroup, found: list[SocialPost], form: ComposerForm
) -> HttpResponse:
    context = _parts(group, found, form, timezone.now()) | {
        "title": group.name,
        "back": reverse("social_group", args=[group.pk]),
        "owner": owners.of(group.pk),
    }
    return drawn(request, "channels/social_edit.html", context)


def _parts(
    group: SocialPostGroup, found: list[SocialPost], form: ComposerForm, at: datetime
) -> dict[str, Any]:
    """What page and fragment show: the accounts with their variations, the cards, and every fault by its place."""
    readable = form.is_bound and not form.errors
    shown = posts.preview(group, found, form.draft()) if readable else found
    drawn_cards = [cards.card(post, at) for post in shown]
    faults: dict[str, list[str]] = {}
    for card in drawn_cards:
        for fault in card.faults:
            said = faults.setdefault(fault.place, [])
            sentence = str(fault.sentence)
            said.extend([] if sentence in said else [sentence])
    for place, sentence in _refusals(found):
        faults.setdefault(place, []).append(sentence)
    fixed = {post.account_id for post in found if post.state != State.DRAFT}
    return {
        "group": group,
        "form": form,
        "live": _is_live(found),
        "cards": drawn_cards,
        "faults": faults,
        "choices": [
            _choice(form, account, fixed, {card.post.account_id for card in drawn_cards})
            for account in form.all_accounts
        ],
        "titled": any(card.network.has_title for card in drawn_cards),
    }


def _refusals(found: list[SocialPost]) -> Iterator[tuple[str, str]]:
    """What the networks did not take, at the field that they named."""
    for post in found:
        if post.state == State.FAILED and post.field:
            detail = f" ({post.detail})" if post.detail else ""
            yield post.field, f"{post.account}: {words.reason(post.reason).label}{detail}"


def _choice(form: ComposerForm, account: Any, fixed: set[int], chosen: set[int]) -> dict[str, Any]:
    number = account.pk
    own = [form[f"{name}_{number}"] for name in ("text", "day", "clock")]
    return {
        "account": account,
        "network": networks[account.network],
        "chosen": number in chosen,
        "fixed": number in fixed,
        "paused": words.paused(account),
        "text": own[0],
        "day": own[1],
        "clock": own[2],
        "varied": any(bound.value() or bound.errors for bound in own),
    }


def _is_live(found: list[SocialPost]) -> bool:
    return any(post.state == State.SCHEDULED for post in found)


def _revision(request: HttpRequest) -> int:
    """The newest one that the page knows."""
    sent = [each for each in request.POST.getlist("revision") if each.isdecimal() and len(each) < 10]
    return max(map(int, sent), default=-1)
