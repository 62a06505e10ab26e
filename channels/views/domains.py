"""A sending domain: what its DNS says, in words, and what to enter where something is missing."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels.domains import health, words
from channels.forms.domains import SelectorForm
from channels.models import SendingDomain
from customers import audit
from customers.models import User


@login_required
@permission_required("channels.view_sender", raise_exception=True)
def domain(request: HttpRequest, name: str) -> HttpResponse:
    found = _domain(name)
    form = SelectorForm(instance=found)
    return render(request, "channels/domain.html", _context(found, form))


@login_required
@permission_required("channels.change_sender", raise_exception=True)
@require_POST
def domain_check(request: HttpRequest, name: str) -> HttpResponse:
    """Ask DNS now, with the selectors as they stand in the form."""
    found = _domain(name)
    form = SelectorForm(request.POST, instance=found)
    if not form.is_valid():
        return render(request, "channels/domain.html", _context(_domain(name), form))
    at = timezone.now()
    if form.has_changed():
        audit.record(
            cast(User, request.user), "sendingdomain.changed", form.save(), at, fields=form.changed_data
        )
    health.check(found.name, at)
    messages.success(request, _("Checked."))
    return redirect("domain", name=found.name)


def _domain(name: str) -> SendingDomain:
    if name not in health.names():
        raise Http404
    return SendingDomain.objects.get_or_create(name=name)[0]


def _context(found: SendingDomain, form: SelectorForm) -> dict[str, object]:
    lines = [
        {
            "told": words.told(each, found.name),
            "badge": words.LABELS[each.state],
            "tone": words.TONES[each.state],
            "record": each.record,
            "asks": each.topic == "dkim",
        }
        for each in health.of(found)
    ]
    return {"domain": found, "lines": lines, "form": form, "title": found.name}
