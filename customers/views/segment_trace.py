"""Is she in, and why: one customer looked for and traced through the rule as the reader has it before her."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from config.pages import asked
from customers import access, finding
from customers.models import Segment, User
from customers.segments import drafts, explain
from customers.segments.drafts import Work
from customers.segments.explain import Explained

HITS = 8


@login_required
@permission_required(["customers.view_segment", "customers.view_customer"], raise_exception=True)
def segment_trace(request: HttpRequest) -> HttpResponse:
    """The part of a segment's page: `segment` (none: the new one), and `who` to look for or `trace` to explain."""
    number = request.GET.get("segment", "")
    segment = get_object_or_404(Segment, pk=number) if _is_number(number) else None
    work = drafts.open_work(cast(User, request.user), segment)
    return render(request, "customers/segments/_trace.html", context(request, work, timezone.now()))


def context(request: HttpRequest, work: Work, at: datetime) -> dict[str, Any]:
    reader = cast(User, request.user)
    text = asked.text(request, "who", 100)
    found: dict[str, Any] = {"segment": work.segment, "trace_text": text}
    if not reader.has_perm("customers.view_customer"):
        return found | {"may_trace": False}
    found["may_trace"] = True
    number = request.GET.get("trace", "")
    if _is_number(number):
        return found | _traced(reader, work, int(number), at)
    if text:
        people = finding.find(access.customers_for(reader), text, names=access.sees_names(reader)).order_by(
            "sort_name", "pk"
        )[:HITS]
        found["trace_hits"] = [(person, access.name_for(reader, person)) for person in people]
    return found


def _traced(reader: User, work: Work, customer_id: int, at: datetime) -> dict[str, Any]:
    person = access.customers_for(reader).filter(pk=customer_id).first()
    if person is None:
        return {"trace_words": _("This customer does not exist (any more).")}
    explained = explain.explain(work.rule, person.pk, at, work.own, masked=not access.sees_names(reader))
    name = access.name_for(reader, person)
    return {
        "traced": person,
        "traced_name": name,
        "trace": explained.trace,
        "trace_words": _words(explained, name),
    }


def _words(explained: Explained, name: str) -> str:
    if explained.too_slow:
        return _("Looking this up takes too long at the moment. Try again.")
    if explained.faults:
        return _("Nobody belongs, because the rule has a fault: %s") % explained.faults[0].sentence
    if explained.trace is None:
        return _("This customer does not exist (any more).")
    if explained.trace.verdict == explain.YES:
        return _("%s belongs to this segment.") % name
    return _("%s does not belong to this segment.") % name


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18
