"""Provider accounts: which there are, whether they go, and a test."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels import forgeries, service_mail
from channels.backends.anymail import SES
from channels.backends.base import Backend, Kind, backends, secret
from channels.delivery import pausing
from channels.forms.set_up import AccountForm, PauseForm
from channels.messages import trial_sends
from channels.messages.formats import formats as channel_formats
from channels.models import Account, BounceMailbox, Channel
from channels.push import devices
from channels.returned import mailbox
from channels.returned.reading import Kind as Returned
from channels.views.set_up import edit
from config import formats
from customers import audit
from customers.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

# What came to a bounce mailbox; what is not ours stays there.
KINDS: "dict[str, StrPromise]" = {
    Returned.BOUNCE: gettext_lazy("bounces"),
    Returned.COMPLAINT: gettext_lazy("complaints"),
    Returned.NEWS: gettext_lazy("delays and other news"),
    Returned.REPLY: gettext_lazy("automatic replies, left there"),
    Returned.OTHER: gettext_lazy("other mails, left there"),
    Returned.FORGED: gettext_lazy("reports without our signature, left there"),
}


@login_required
@permission_required("channels.view_account", raise_exception=True)
def account_list(request: HttpRequest) -> HttpResponse:
    accounts = Account.objects.prefetch_related("sender_set").order_by("name")
    forged = forgeries.lately(accounts, timezone.now())
    lines = [_line(account) | {"forged": forged.get(account.pk, 0)} for account in accounts]
    return render(request, "channels/accounts.html", {"lines": lines, "title": _("Channels")})


def _line(account: Account) -> dict[str, Any]:
    backend = backends.get(account.backend)
    return {
        "account": account,
        "provider": backend.label if backend else account.backend,
        "settings": _settings(account, backend.Form) if backend else [],
        "signs_in": bool(account.settings.get("username")),
        "has_secret": bool(secret(account)),
        "variable": f"ACCOUNT_{account.pk}_PASSWORD",
        "senders": account.sender_set.all(),
        "by_number": account.channel in trial_sends.BY_NUMBER,
        "own": account.channel == Channel.EMAIL,
        "push": account.backend == "web_push",
        "in_shop": account.channel == Channel.IN_APP,
        "inbound": _inbound(account),
        "lacks_topic": account.settings.get("esp") == SES and not account.settings.get("topic"),
        "bounces": _bounces(account),
    }


def _bounces(account: Account) -> dict[str, Any] | None:
    """The mailbox that is read, and what has come of it."""
    if not account.settings.get("imap_host"):
        return None
    row = BounceMailbox.objects.filter(account=account).first()
    return {
        "row": row,
        "counts": _counted(Counter(row.counts) if row else Counter()),
        "has_secret": bool(secret(account, mailbox.SECRET)),
        "variable": f"ACCOUNT_{account.pk}_{mailbox.SECRET}",
    }


def _counted(counts: Mapping[Any, int]) -> str:
    """How many mails, and of which kind."""
    kinds = [f"{label}: {formats.number(counts[kind])}" for kind, label in KINDS.items() if counts.get(kind)]
    total = sum(counts.values())
    read = ngettext("%(n)s mail read", "%(n)s mails read", total) % {"n": formats.number(total)}
    return f"{read} ({', '.join(kinds)})" if kinds else read


def _settings(account: Account, form: type[forms.Form]) -> list[tuple[str, str]]:
    """What was filled in, by the labels of the form."""
    found = []
    for name, field in form.base_fields.items():
        value = account.settings.get(name)
        if value and isinstance(value, str | int) and not isinstance(value, bool):
            choices = dict(cast(Any, field).choices) if isinstance(field, forms.ChoiceField) else {}
            found.append((str(field.label), str(choices.get(value, value))))
    return found


def _inbound(account: Account) -> str:
    """Where Twilio is to hand over what people answer."""
    return (
        settings.PUBLIC_URL + reverse("twilio_inbound", args=[account.pk])
        if account.backend == "twilio"
        else ""
    )


@login_required
@permission_required("channels.add_account", raise_exception=True)
def account_create(request: HttpRequest) -> HttpResponse:
    """First which provider, then its settings."""
    backend = backends.get(request.GET.get("provider", ""))
    if backend is None:
        context = {"backends": list(backends), "title": _("Add account"), "where": _("Channels")}
        return render(request, "channels/account_providers.html", context)
    form = partial(AccountForm, backend=backend)
    title = _("Add account: %(provider)s") % {"provider": backend.label}
    note = _note(backend)
    return edit(request, form, Account(), title, "account_list", _("Channels"), note)


@login_required
@permission_required("channels.change_account", raise_exception=True)
def account_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=account_id)
    backend = backends.get(account.backend)
    if backend is None:
        raise Http404
    note = _note(backend, f"ACCOUNT_{account.pk}_PASSWORD")
    return edit(
        request,
        partial(AccountForm, backend=backend),
        account,
        account.name,
        "account_list",
        _("Channels"),
        note,
    )


def _note(backend: Backend, variable: str = "ACCOUNT_…_PASSWORD") -> str:
    """What the form cannot ask for."""
    if backend.key == Channel.IN_APP:
        return _(
            "The shop’s pages need the lines of a browser key (Settings, API keys) with the call "
            'stammkunde("inbox"). docs/in-app.md tells the rest.'
        )
    if not backend.has_secret:
        return ""
    return _(
        "The password is not stored here. It comes from the environment variable %(name)s, "
        "or from a file whose path is in %(name)s_FILE."
    ) % {"name": variable}


@login_required
@permission_required("channels.change_account", raise_exception=True)
def account_pause(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=account_id)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        with transaction.atomic():
            pausing.pause_account(account.pk, at, form.cleaned_data["reason"])
            audit.record(
                cast(User, request.user), "account.paused", account, at, reason=form.cleaned_data["reason"]
            )
        messages.warning(request, _("“%(name)s” is paused: nothing goes out by it.") % {"name": account.name})
        return redirect("account_list")
    context = {
        "form": form,
        "title": _("Pause “%(name)s”") % {"name": account.name},
        "back": reverse("account_list"),
        "where": _("Channels"),
        "button": _("Pause"),
        "note": _(
            "What is being handed over at this moment still goes; everything else waits until it is resumed."
        ),
    }
    return render(request, "channels/set_up_edit.html", context)


@login_required
@permission_required("channels.change_account", raise_exception=True)
@require_POST
def account_resume(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(Account, pk=account_id)
    with transaction.atomic():
        pausing.resume_account(account.pk)
        audit.record(cast(User, request.user), "account.resumed", account, timezone.now())
    messages.success(request, _("“%(name)s” goes on.") % {"name": account.name})
    return redirect("account_list")


@login_required
@permission_required("channels.change_account", raise_exception=True)
@require_POST
def account_bounces(request: HttpRequest, account_id: int) -> HttpResponse:
    """Look into the mailbox of bounces now."""
    account = get_object_or_404(Account, pk=account_id)
    if not account.settings.get("imap_host"):
        raise Http404
    user, at = cast(User, request.user), timezone.now()
    try:
        found = mailbox.read(account, at)
    except mailbox.Unread as error:
        messages.error(request, _("The bounce mailbox could not be read: %(why)s") % {"why": error})
        return redirect("account_list")
    audit.record(user, "account.bounces_read", account, at, **{str(kind): n for kind, n in found.items()})
    messages.success(request, _counted(found) + ".")
    return redirect("account_list")


def _taken(account: Account, address: str) -> str:
    if account.backend == "web_push":
        return _("The browser's push service took the test. It should be on your screen now.")
    return _("The provider took the test to %(address)s.") % {"address": address}


@login_required
@permission_required("channels.change_account", raise_exception=True)
@require_POST
def account_test(request: HttpRequest, account_id: int) -> HttpResponse:
    """Send one real mail to whoever is signed in, or one real SMS to the number that was typed."""
    account = get_object_or_404(Account, pk=account_id)
    user, at = cast(User, request.user), timezone.now()
    address = user.email
    if account.channel in trial_sends.BY_NUMBER:
        address = trial_sends.plain(request.POST.get("number", ""))
        if not channel_formats[account.channel].fits(address):
            messages.error(
                request, _("Enter your mobile number with the country code, such as +49 151 23456789.")
            )
            return redirect("account_list")
    if account.backend == "web_push":
        address = devices.staff_address(user.pk)
        if not devices.of([address]):
            messages.error(request, _("First choose your own browser for tests, here."))
            return redirect("push")
    try:
        outcome = service_mail.test(account.pk, address, get_language() or "en", at)
    except ValueError:
        messages.error(
            request, _("The test mail could not be sent: the account's settings are not complete.")
        )
        return redirect("account_list")
    audit.record(user, "account.tested", account, at, outcome=str(outcome.kind))
    if outcome.kind == Kind.ACCEPTED and account.channel == Channel.IN_APP:
        messages.success(request, _("This is what the test looks like in the shop."))
        return redirect("shop_message", int(outcome.provider_id.rpartition("-")[2]))
    if outcome.kind == Kind.ACCEPTED:
        messages.success(request, _taken(account, address))
    else:
        why = outcome.detail or _("the server did not answer")
        messages.error(request, _("The test mail could not be sent: %(why)s") % {"why": why})
    return redirect("account_list")
