"""Builders that keep what is entered: at every change, for whoever entered it, until it is saved or thrown away.

`@keeps_draft` makes a view with one form such a builder, `shown` is what its page says about drafts
(components/_form_draft.html, js/form_draft.js), and `save` does not save over what somebody else saved meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from config import nul
from customers.models import AuditEntry, FormDraft, User

PRESENT = timedelta(minutes=10)  # for so long somebody who changed something is taken to be at it
MOST, LONGEST = 50, 100_000  # drafts of one person; characters of one
OURS = {"csrfmiddlewaretoken", "form_draft"}
View = Callable[..., HttpResponse]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Shown:
    """`fields` fill the page; None: it shows the thing as it is, or what was just posted. `made_from` is the last
    change of the thing when the form was begun (None: a new thing), `newer` what was saved since."""

    fields: dict[str, list[str]] | None
    kept_at: datetime | None
    made_from: int | None
    newer: AuditEntry | None
    others: list[FormDraft]


def keeps_draft(view: View) -> View:
    """A post with `form_draft` keeps or throws away. Any other is the view's, which calls `save`; one that was refused
    is kept."""

    @wraps(view)
    def builder(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        act = request.POST.get("form_draft")
        if act == "keep":
            return _answer(request)
        if act == "discard":
            _own(request).delete()
            return redirect(request.get_full_path())
        answer = view(request, *args, **kwargs)
        if request.method == "POST" and answer.status_code == 200:
            _keep(request, timezone.now())
        return answer

    return builder


def shown(request: HttpRequest, subject: Model) -> Shown:
    """What the page of `subject`, which may be a new one, says about drafts of it."""
    draft = None if request.method == "POST" else _own(request).first()
    sent = draft.fields.get("made_from", []) if draft else request.POST.getlist("made_from")
    begun, newest = _made_from(sent), _last_change(request, subject)
    if begun is None:
        begun = newest
    return Shown(
        fields=draft.fields if draft else None,
        kept_at=draft.updated_at if draft else None,
        made_from=begun if subject.pk else None,
        newer=AuditEntry.objects.select_related("user").get(pk=newest) if newest > begun else None,
        others=_others(request, timezone.now()) if subject.pk else [],
    )


def save(request: HttpRequest, subject: Model, act: Callable[[], M | None]) -> M | None:
    """What `act` saves, in one transaction with the end of the draft. None, and the draft stays, where it saves nothing
    or where somebody else saved `subject` after the page was made; the page that is shown again then says who."""
    with transaction.atomic():
        saved = None if _overtaken(request, subject) else act()
        if saved is not None:
            _own(request).delete()
    return saved


def _overtaken(request: HttpRequest, subject: Model) -> bool:
    """It locks the row, so that of two at once the later one is told."""
    begun = _made_from(request.POST.getlist("made_from"))
    if subject.pk is None or begun is None:
        return False
    _lock(subject)
    return _last_change(request, subject) > begun


def _lock(subject: Model) -> None:
    type(subject)._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=subject.pk).first()


def _made_from(sent: list[str]) -> int | None:
    """The newest that the page knows of; None where it says nothing. To save over something, it says two."""
    return max((int(each) for each in sent if each.isdecimal() and len(each) < 19), default=None)


def _last_change(request: HttpRequest, subject: Model) -> int:
    """The audit entry of the last change of it by anybody else, 0 before the first."""
    entries = AuditEntry.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
    entries = entries.filter(action__endswith=".changed").exclude(user=_reader(request))
    return entries.aggregate(last=Max("pk"))["last"] or 0


def _answer(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    if not _keep(request, now):
        return HttpResponse(status=413)
    others = _others(request, now) if "made_from" in request.POST else []
    return render(request, "components/_form_draft_state.html", {"kept_at": now, "others": others})


def _keep(request: HttpRequest, at: datetime) -> bool:
    """Whether it was kept: not what is far larger than any form of ours."""
    fields = {name: values for name, values in nul.without(request.POST).lists() if name not in OURS}
    page = request.get_full_path()
    if len(page) > 200 or sum(len(name) + sum(map(len, values)) for name, values in fields.items()) > LONGEST:
        return False
    state = {"fields": fields, "updated_at": at}
    FormDraft.objects.update_or_create(user=_reader(request), page=page, defaults=state)
    kept = FormDraft.objects.filter(user=_reader(request)).order_by("-updated_at").values("pk")[:MOST]
    FormDraft.objects.filter(user=_reader(request)).exclude(pk__in=kept).delete()
    return True


def _own(request: HttpRequest) -> QuerySet[FormDraft]:
    return FormDraft.objects.filter(user=_reader(request), page=request.get_full_path())


def _others(request: HttpRequest, at: datetime) -> list[FormDraft]:
    """Colleagues who have changed something on this page in the last ten minutes and not saved it."""
    drafts = FormDraft.objects.filter(page=request.get_full_path(), updated_at__gte=at - PRESENT)
    return list(drafts.exclude(user=_reader(request)).select_related("user").order_by("-updated_at"))


def _reader(request: HttpRequest) -> User:
    return cast(User, request.user)
