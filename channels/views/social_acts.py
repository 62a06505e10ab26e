"""What is done with posts: each act asks or posts, acts in the reader's name, and goes back to their page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from channels import tasks
from channels.social import decisions
from channels.social.posts import Refused
from channels.views.social_parts import ADD, CHANGE, PUBLISH, group_or_404, post_or_404, reader, told
from config.pages import confirm
from customers.models import User


@login_required
@permission_required(PUBLISH, raise_exception=True)
@require_POST
def social_schedule(request: HttpRequest, group_id: int) -> HttpResponse:
    group_or_404(group_id)
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
    try:
        done = decisions.schedule(group_id, reader(request), timezone.now(), seen=number)
    except Refused as refused:
        return told(request, refused, group_id)
    tasks.wake_posting()
    sentence = ngettext("%(n)s post is scheduled.", "%(n)s posts are scheduled.", len(done)) % {
        "n": len(done)
    }
    messages.success(request, sentence)
    return redirect("social_group", group_id)


@login_required
@permission_required(PUBLISH, raise_exception=True)
def social_post_now(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET asks, POST does."""
    post = post_or_404(post_id)
    if request.method == "POST":
        return _do(request, post_id, decisions.post_now, _("It is posted within a minute."))
    return confirm.ask(
        request,
        _("Post it now?"),
        _("“%(name)s” goes to %(account)s, for everybody to see.")
        % {"name": post.group, "account": post.account},
        _("Post now"),
        reverse("social_group", args=[post.group_id]),
        danger=False,
    )


@login_required
@permission_required(PUBLISH, raise_exception=True)
def social_cancel(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET asks, POST does."""
    post = post_or_404(post_id)
    if request.method == "POST":
        return _do(request, post_id, decisions.cancel, _("It is cancelled."))
    return confirm.ask(
        request,
        _("Cancel this post?"),
        _("“%(name)s” is not posted on %(account)s. The others stay.")
        % {"name": post.group, "account": post.account},
        _("Cancel the post"),
        reverse("social_group", args=[post.group_id]),
    )


@login_required
@permission_required(PUBLISH, raise_exception=True)
@require_POST
def social_settle(request: HttpRequest, post_id: int) -> HttpResponse:
    post_or_404(post_id)
    there = request.POST.get("answer") == "there"
    good = _("Noted: it is there.") if there else _("It is posted again within a minute.")

    def act(number: int, user: User, at: datetime) -> Any:
        return decisions.settle(number, user, at, there=there)

    return _do(request, post_id, act, good)


@login_required
@permission_required(ADD, raise_exception=True)
@require_POST
def social_duplicate(request: HttpRequest, group_id: int) -> HttpResponse:
    copy = decisions.duplicate(group_or_404(group_id), reader(request))
    messages.success(request, _("This is the copy. It is a draft and has no time yet."))
    return redirect("social_edit", copy.pk)


@login_required
@permission_required(CHANGE, raise_exception=True)
def social_delete(request: HttpRequest, group_id: int) -> HttpResponse:
    """GET asks, POST does."""
    group = group_or_404(group_id)
    back = reverse("social_group", args=[group_id])
    if request.method != "POST":
        question = _("The draft “%(name)s” is deleted for all its networks.") % {"name": group.name}
        return confirm.ask(request, _("Delete this draft?"), question, _("Delete"), back)
    try:
        decisions.delete(group_id, reader(request), timezone.now())
    except Refused as refused:
        return told(request, refused, group_id)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": group.name})
    return redirect("social_list")


def _do(
    request: HttpRequest, post_id: int, act: Callable[[int, User, datetime], Any], good: str
) -> HttpResponse:
    group_id = post_or_404(post_id).group_id
    try:
        act(post_id, reader(request), timezone.now())
    except Refused as refused:
        return told(request, refused, group_id)
    tasks.wake_posting()
    messages.success(request, good)
    return redirect("social_group", group_id)
