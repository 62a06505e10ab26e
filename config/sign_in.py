"""Signing in, and being stopped after too many wrong attempts."""

import math
from typing import Any

from axes.helpers import get_cool_off
from django.contrib.auth import views as auth
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """One sentence for a wrong password, an unknown account and a deactivated one."""

    error_messages = {
        "invalid_login": _(
            "E-mail and password do not fit together. Please check both; the password minds capitals."
        ),
        "inactive": _(
            "E-mail and password do not fit together. Please check both; the password minds capitals."
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget.input_type = "email"
        self.fields["username"].widget.attrs["autocomplete"] = "username"


class SignIn(auth.LoginView):
    template_name = "account/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True


def account_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The name that wrong attempts are counted under: one account in any spelling that signs in to it."""
    given = (credentials or {}).get("username") or (request.POST.get("username") if request else "") or ""
    return str(given).strip().casefold()[:254]


def locked(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """The page after too many wrong attempts."""
    pause = get_cool_off(request)
    minutes = math.ceil(pause.total_seconds() / 60) if pause else 0
    return render(request, "account/locked.html", {"minutes": minutes}, status=429)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The model admin has no sign-in of its own; who is signed in and still comes here may not enter it."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/admin/"))
