"""A sending domain: what its DNS says, in words, and what to enter where something is missing."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from channels.delivery import complaints
from channels.domains import health, words
from channels.forms.domains import ReleaseForm, SelectorForm
from channels.models import SendingDomain
from customers import audit
from customers.models import User

ADVICE = gettext_noop(
    "Large mailboxes turn mails away from 0.3 % on. Find out who was written to and why they are angry: addresses "
    "without a clear yes, too many mails, a way out that is hard to find. Counting begins anew from now on."
)


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


@login_required
@permission_required("channels.release_sendingdomain", raise_exception=True)
def domain_release(request: HttpRequest, name: str) -> HttpResponse:
    """Let marketing from a domain go on that complaints have stopped."""
    found = get_object_or_404(SendingDomain, name=name)
    if not found.hold:
        messages.info(request, _("Nothing from %(name)s is held any more.") % {"name": name})
        return redirect("today")
    form = ReleaseForm(request.POST or None, stopped=found.hold == SendingDomain.Hold.STOPPED)
    if request.method == "POST" and form.is_valid():
        complaints.release(found, cast(User, request.user), form.cleaned_data["note"], timezone.now())
        messages.success(
            request,
            _("Marketing from %(name)s may go on. Resume the campaigns that are to.") % {"name": name},
        )
        return redirect("today")
    context = {
        "form": form,
        "title": _("Let marketing from %(name)s go on") % {"name": name},
        "back": reverse("today"),
        "where": _("Today"),
        "button": _("Let it go on"),
        "note": " ".join([complaints.reason(found), _(ADVICE)]),
    }
    return render(request, "channels/set_up_edit.html", context)


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
    context: dict[str, object] = {"domain": found, "lines": lines, "form": form, "title": found.name}
    return context | {"complaints": complaints.reason(found) if found.mails else ""}
