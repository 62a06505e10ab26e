"""The segment editor: the rule in words, the tree below, count and sample beside it.

Everything lives in one form that holds the whole rule. Each button and each pause in typing posts it; the state is
kept as a draft, so nothing is lost by leaving, and the page works without scripts too.
"""

import logging
import re
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers
from kombu.exceptions import OperationalError

from config import presence
from config.pages import asked, returning
from config.pages.parts import Action
from customers import access, tasks
from customers.models import Customer, Segment, User
from customers.segments import compiler, counting, drafts, drawing, editing, lending, tree, words
from customers.segments.drafts import Overtaken, Refused, Turn, Work
from customers.views import segment_members, segment_trace

RESULT = "segment-result"
log = logging.getLogger(__name__)


@login_required
@permission_required("customers.add_segment", raise_exception=True)
@vary_on_headers("HX-Request")
def segment_create(request: HttpRequest) -> HttpResponse:
    """A new segment; `?copy=id` begins with the rule of another, `?condition=key&field=value` with that condition,
    when there is no draft yet.

    `?next=path` is the page to go to with the saved segment, as `?segment=id`.
    """
    return _edit(request, None)


@login_required
@permission_required("customers.view_segment", raise_exception=True)
@vary_on_headers("HX-Request")
def segment_edit(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The page of a segment; those who may not change it read it."""
    return _edit(request, get_object_or_404(Segment, pk=segment_id))


@login_required
@permission_required("customers.change_segment", raise_exception=True)
@require_GET
def segment_editors(request: HttpRequest, segment_id: int) -> HttpResponse:
    """A fragment: who else has this segment open. The page that asks tells by it that it is open."""
    return presence.respond(request, f"segment:{get_object_or_404(Segment, pk=segment_id).pk}")


@login_required
@permission_required("customers.add_segment", raise_exception=True)
@require_POST
def segment_discard(request: HttpRequest) -> HttpResponse:
    """Throw away the reader's draft of the segment in `segment`, or of the new one."""
    number = request.POST.get("segment", "")
    segment = get_object_or_404(Segment, pk=number) if number.isdecimal() and len(number) < 18 else None
    drafts.discard(cast(User, request.user), segment)
    messages.success(request, _("The changes are thrown away."))
    return redirect("segment_edit", segment.pk) if segment else redirect("segment_list")


@login_required
@permission_required("customers.add_segment", raise_exception=True)
@require_GET
def segment_suggest(request: HttpRequest) -> HttpResponse:
    """Values that fit what was typed: `condition`, `field`, `place` say for what, `q` is the text."""
    field = drawing.form_field(request.GET.get("condition", ""), request.GET.get("field", ""))
    place = request.GET.get("place", "")
    if field is None or not editing.PLACE.fullmatch(place):
        raise Http404
    text = asked.text(request, most=100)
    context = {"field": {"place": place, "key": request.GET["field"]}, "text": text}
    options = field.suggest(text)
    free = getattr(field, "free", False) and text and text not in dict(options)
    return render(
        request, "customers/segments/_suggestions.html", context | {"options": options, "free": free}
    )


def _edit(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    user, now = cast(User, request.user), timezone.now()
    work = drafts.open_work(user, segment)
    if request.method != "POST":
        return _show(request, _begun(request, work), now)
    if not user.has_perm("customers.change_segment"):
        raise PermissionDenied
    turn = _turn(request)
    posted = replace(
        work,
        revision=work.revision if work.drafted_at else _begun_from(request, work),
        name=request.POST.get("name", "").replace("\0", "")[:120],
        description=request.POST.get("description", "").replace("\0", "")[:300],
        rule=editing.read(request.POST),
    )
    try:
        return _changed(request, posted, now, turn)
    except Overtaken as overtaken:
        return _tell(request, posted, now, overtaken)


def _changed(request: HttpRequest, posted: Work, now: datetime, turn: Turn) -> HttpResponse:
    user, action = cast(User, request.user), request.POST.get("action", "")
    if action in ("save", "overwrite"):
        drafts.require_newest(user, posted.segment, turn)
        return _save(request, posted, now, turn)
    rule, focus = editing.apply(posted.rule, action)
    kept = drafts.keep(user, replace(posted, rule=rule), now, turn)
    return _show(request, kept, now, focus=focus)


def _turn(request: HttpRequest) -> Turn:
    page, number = request.POST.get("page", ""), request.POST.get("turn", "")
    counted = re.fullmatch(r"[0-9a-z-]{1,40}", page) and re.fullmatch(r"[0-9]{1,9}", number)
    turn = Turn(page, int(number)) if counted else Turn()
    # Who goes on has seen that there is another state, and wants this one.
    goes_on = request.POST.get("action") == "go_on"
    return turn if goes_on else turn._replace(seen=request.POST.get("drafted"))


def _tell(request: HttpRequest, posted: Work, now: datetime, overtaken: Overtaken) -> HttpResponse:
    """Nothing was kept. The page goes on showing what is on it, and still knows no newer draft."""
    told = {"overtaken": overtaken.at, "seen": request.POST.get("drafted", "")}
    if not request.headers.get("HX-Request"):
        return _page(request, posted, now, told)
    # Counted here: a page that asks by itself for its count would be told again, and again.
    context = _counted(request, posted, now) | told
    response = render(request, "customers/segments/_editor.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#segment-editor", "innerHTML settle:0ms"
    return response


def _begun_from(request: HttpRequest, work: Work) -> int:
    """The revision that the page was made from, so that nobody's later one is overwritten unseen."""
    revision = request.POST.get("revision", "")
    return int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else work.revision


def _begun(request: HttpRequest, work: Work) -> Work:
    copied = request.GET.get("copy", "")
    if work.segment or work.drafted_at:
        return work
    if rule := editing.begun(request.GET):
        return replace(work, rule=rule)
    if not (copied.isdecimal() and len(copied) < 18):
        return work
    source = get_object_or_404(Segment, pk=copied)
    return replace(work, rule=editing.editable(source.rule), description=source.description)


def _save(request: HttpRequest, work: Work, now: datetime, turn: Turn) -> HttpResponse:
    user = cast(User, request.user)
    try:
        segment = drafts.save(user, work, now, overwrite=request.POST["action"] == "overwrite")
    except Refused as refused:
        return _show(request, drafts.keep(user, work, now, turn), now, refused=refused)
    drafts.recount(segment, now)
    transaction.on_commit(_wake)
    messages.success(request, _("Segment “%(name)s” saved.") % {"name": segment.name})
    back = _next(request)
    url = returning.extended(back, segment=segment.pk) if back else reverse("segment_edit", args=[segment.pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


def _wake() -> None:
    """Have the members put together now rather than at the next tick."""
    try:
        tasks.keep_segments.apply_async(retry=False, expires=60)
    except OperationalError:
        log.warning("The broker is away; the next tick builds the segment")


def _next(request: HttpRequest) -> str:
    return returning.local(
        request, (request.POST if request.method == "POST" else request.GET).get("next", "")
    )


def _show(
    request: HttpRequest, work: Work, now: datetime, *, focus: str = "", refused: Refused | None = None
) -> HttpResponse:
    """The page, or the part of it that the script asked for. Redrawing the tree never waits for the count."""
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    refreshing = request.headers.get("HX-Target") == RESULT
    shown = {"focus": focus, "refused": refused}
    if not fragment:
        return _page(request, work, now, shown)
    if not refreshing:
        context = _context(request, work, now) | shown | {"counting": True}
        return render(request, "customers/segments/_editor.html", context)
    response = render(request, "customers/segments/_refreshed.html", _counted(request, work, now) | shown)
    response["HX-Trigger"] = "segment-drafted"  # who is being traced is traced again
    return response


def _page(request: HttpRequest, work: Work, now: datetime, more: dict[str, Any]) -> HttpResponse:
    context = _counted(request, work, now) | more
    if work.segment:
        context |= segment_members.context(work.segment, now)
    context |= segment_trace.context(request, work, now)
    return render(request, "customers/segments/segment_edit.html", context)


def _context(request: HttpRequest, work: Work, now: datetime) -> dict[str, Any]:
    user, faults = (
        cast(User, request.user),
        [fault.sentence for fault in tree.read(work.rule, work.own).faults],
    )
    finds = {
        name.removeprefix("find."): text for name, text in request.POST.items() if name.startswith("find.")
    }
    root = drawing.draw(work.rule, {name: str(text)[:100] for name, text in finds.items()}, work.own)
    return {
        "work": work,
        "seen": work.seen,
        "segment": work.segment,
        "title": work.segment.name if work.segment else _("New segment"),
        "may_change": user.has_perm("customers.change_segment"),
        "root": root,
        "fault_places": list(drawing.fault_places(root)),
        "is_blank": not root.nodes,
        "picks": drawing.picks(),
        "faults": faults,
        "sentence": "" if faults else words.sentence(work.rule),
        "used": lending.used(work.rule),
        "others": drafts.others(user, work.segment, now),
        "used_by": drafts.users_of(work.segment) if work.segment else [],
        "menu": _menu(user, work.segment),
        "next": _next(request),
        "draft_in_the_way": bool(not work.segment and work.drafted_at and "condition" in request.GET),
    }


def _counted(request: HttpRequest, work: Work, now: datetime) -> dict[str, Any]:
    context = _context(request, work, now)
    return context | _people(request, work.segment, {} if context["faults"] else work.rule, now)


def _people(request: HttpRequest, segment: Segment | None, rule: Any, now: datetime) -> dict[str, Any]:
    """How many there are, and ten of them, by the names that this reader may see. What is still counted for an earlier
    state of the draft is ended; its page does not wait for it any more."""
    user, compiled = cast(User, request.user), compiler.compile_rule(rule, now)
    reader = counting.reader(user.pk, segment.pk if segment else None)
    counting.supersede(reader)
    count = counting.count_within(compiled, reader=reader)
    may_see = user.has_perm("customers.view_customer") and count.number != 0 and not count.superseded
    people = counting.sample(compiled, reader=reader) if may_see else []
    sample = [(access.name_for(user, person), person) for person in people]
    return {"count": count, "share": _share(count, now), "sample": sample}


def _share(count: counting.Count, now: datetime) -> float | None:
    """The members as a share of all living customers, whose number may be a minute old."""
    if not count.exact or count.number is None:
        return None
    everybody = cache.get("segments-everybody")
    if everybody is None:
        everybody = Customer.objects.living().count()
        cache.set("segments-everybody", everybody, 60)
    return min(count.number / everybody, 1.0) if everybody else None


def _menu(user: User, segment: Segment | None) -> list[Action]:
    if segment is None:
        return []
    lines = []
    if user.has_perm("customers.add_segment"):
        lines.append(Action(_("Copy"), f"{reverse('segment_create')}?copy={segment.pk}", "copy"))
    if user.has_perm("customers.export_segment"):
        lines.append(Action(_("Customers as CSV"), reverse("segment_export", args=[segment.pk]), "download"))
    if user.has_perm("customers.delete_segment"):
        url = reverse("segment_delete", args=[segment.pk])
        lines.append(Action(_("Delete"), url, "trash", dialog=True, danger=True))
    return lines
