"""How a reader likes the pages on this device: theme and folded navigation, kept in cookies.

Cookies and not the account, because a phone at night wants something else than the desk in the office.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

CHOICES = {"theme": ("system", "light", "dark"), "nav": ("open", "folded")}
ONE_YEAR = 365 * 24 * 3600


def context(request: HttpRequest) -> dict[str, str]:
    """The template variables `theme` and `nav`; anything unknown counts as the first choice."""
    return {name: _chosen(request, name, options) for name, options in CHOICES.items()}


def _chosen(request: HttpRequest, name: str, options: tuple[str, ...]) -> str:
    value = request.COOKIES.get(name, "")
    return value if value in options else options[0]


def back(request: HttpRequest) -> HttpResponse:
    """Redirect to the page the form stood on (`next`), or to the start if that is not ours."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "/")


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """POST theme= or nav=; open to everybody, since the sign-in page has a theme too."""
    response = back(request)
    for name, options in CHOICES.items():
        if request.POST.get(name) in options:
            response.set_cookie(
                name, request.POST[name], max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure()
            )
    return response
