"""Saved views: a reader's own name for a list with its search, filters and order."""

from typing import Any

from django.apps import apps
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config import display, nul
from config.pages import chips

MOST = 50  # per reader and list


def views() -> Any:
    """The rows of all readers; the model lives in an app above us."""
    return apps.get_model("customers", "SavedView")._default_manager


def of(user: Any, page: str) -> list[Any]:
    return list(views().filter(user=user, page=page)[:MOST])


@require_POST
@login_required
def save(request: HttpRequest) -> HttpResponse:
    """POST page=, name=, query=: keep it, or replace the query of that name."""
    given = nul.without(request.POST)
    page, name = given.get("page", "")[:60], given.get("name", "").strip()[:80]
    query = chips.without(QueryDict(given.get("query", "")[:4000]), [])
    if not (page and name):
        messages.error(request, _("The view was not saved: it needs a name."))
    elif len(of(request.user, page)) >= MOST:
        messages.error(request, _("The view was not saved: this list has 50 already. Delete one first."))
    else:
        views().update_or_create(user=request.user, page=page, name=name, defaults={"query": query})
        messages.success(request, _("View “%(name)s” saved.") % {"name": name})
    return display.back(request)


@require_POST
@login_required
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    view = get_object_or_404(views(), pk=view_id, user=request.user)
    view.delete()
    messages.success(request, _("View “%(name)s” deleted.") % {"name": view.name})
    return display.back(request)
