"""Accounts on social networks: which there are, whether they go, and a test."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels.forms.set_up import PauseForm
from channels.forms.social import SocialAccountForm
from channels.models import SocialAccount
from channels.networks.base import in_order, networks, secret
from channels.social import accounts, words
from channels.views.set_up import edit
from channels.views.social_parts import reader

VIEW, ADD, CHANGE = (f"channels.{act}_socialaccount" for act in ("view", "add", "change"))
SOON = timedelta(days=14)


@login_required
@permission_required(VIEW, raise_exception=True)
def social_account_list(request: HttpRequest) -> HttpResponse:
    found, today = SocialAccount.objects.order_by("network", "name"), timezone.localdate()
    lines = [_line(account, today) for account in found]
    return render(request, "channels/social_accounts.html", {"lines": lines, "title": _("Social accounts")})


def _line(account: SocialAccount, today: date) -> dict[str, Any]:
    network, ends = networks[account.network], account.token_expires_on
    return {
        "account": account,
        "network": network,
        "paused": words.paused(account),
        "missing": [] if account.sandbox else missing(account),
        "ends": ends,
        "ended": ends is not None and ends < today,
        "soon": ends is not None and today <= ends < today + SOON,
        "facts": [
            (field.label, account.settings.get(name, "")) for name, field in network.Form.base_fields.items()
        ],
    }


def missing(account: SocialAccount) -> list[str]:
    """The variables of the environment that the account still needs. X goes by one token as well as by four keys."""
    names = networks[account.network].secrets
    absent = [f"SOCIAL_{account.pk}_{name}" for name in names if not secret(account, name)]
    if account.network == "x" and secret(account) and not secret(account, "CONSUMER_KEY"):
        return []
    return absent


@login_required
@permission_required(ADD, raise_exception=True)
def social_account_create(request: HttpRequest) -> HttpResponse:
    """First which network, then its settings."""
    network = networks.get(request.GET.get("provider", ""))
    if network is None:
        context = {
            "backends": in_order(),
            "title": _("Add social account"),
            "where": _("Social accounts"),
            "list": "social_account_list",
        }
        return render(request, "channels/social_networks.html", context)
    title = _("Add social account: %(network)s") % {"network": network.label}
    note = _secrets_note(network.secrets, "…")
    form = partial(SocialAccountForm, network=network)
    return edit(request, form, SocialAccount(), title, "social_account_list", _("Social accounts"), note)


@login_required
@permission_required(CHANGE, raise_exception=True)
def social_account_edit(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, pk=account_id)
    network = networks[account.network]
    note = _secrets_note(network.secrets, str(account.pk))
    form = partial(SocialAccountForm, network=network)
    return edit(request, form, account, account.name, "social_account_list", _("Social accounts"), note)


def _secrets_note(names: tuple[str, ...], number: str) -> str:
    variables = ", ".join(f"SOCIAL_{number}_{name}" for name in names)
    return _(
        "Access tokens are not stored here. They come from the environment (%(names)s), "
        "or from files whose paths stand in variables that end in _FILE."
    ) % {"names": variables}


@login_required
@permission_required(CHANGE, raise_exception=True)
def social_account_pause(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, pk=account_id)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accounts.pause(account, reader(request), timezone.now(), form.cleaned_data["reason"])
        messages.warning(
            request, _("“%(name)s” is paused: nothing is posted by it.") % {"name": account.name}
        )
        return redirect("social_account_list")
    context = {
        "form": form,
        "title": _("Pause “%(name)s”") % {"name": account.name},
        "back": reverse("social_account_list"),
        "where": _("Social accounts"),
        "button": _("Pause"),
        "note": _("What is due meanwhile waits; if it becomes too late, somebody has to decide."),
    }
    return render(request, "channels/set_up_edit.html", context)


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def social_account_resume(request: HttpRequest, account_id: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, pk=account_id)
    accounts.resume(account, reader(request), timezone.now())
    messages.success(request, _("“%(name)s” goes on.") % {"name": account.name})
    return redirect("social_account_list")


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def social_account_test(request: HttpRequest, account_id: int) -> HttpResponse:
    """Ask the network whose account it is; nothing is posted."""
    account = get_object_or_404(SocialAccount, pk=account_id)
    answer = accounts.test(account, reader(request), timezone.now())
    if isinstance(answer, str):
        messages.success(request, _("It works: the network calls it “%(name)s”.") % {"name": answer})
    else:
        found = words.reason(answer.reason)
        sentence = f"{found.label} {found.mend}" + (f" ({answer.detail})" if answer.detail else "")
        messages.error(request, sentence)
    return redirect("social_account_list")
