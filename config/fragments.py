"""Whoever sends something after her session has ended is led back to where she was, not to where she sent it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from config.pages import returning


class SignInAgainMiddleware:
    """Where HTMX asked, the whole window goes to sign in: the page must not stand inside the page. Where a form was
    sent, she signs in and comes back to that form, whose address may be none that can be opened, and is told."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.get("Location", "").startswith(reverse("sign_in")):
            return response
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(request.headers.get("HX-Current-URL", "/"))
        if request.method == "POST" and "?next=" in response["Location"] and _is_of_a_page(request):
            messages.warning(
                request,
                _("You had been signed out, so what was sent last was not done. Please send it again."),
            )
            return redirect_to_login(_came_from(request))
        return response


def _is_of_a_page(request: HttpRequest) -> bool:
    """Not of a script of ours, which says itself what became of it."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _came_from(request: HttpRequest) -> str:
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    here = page.netloc == request.get_host()
    return (
        returning.local(request, page._replace(scheme="", netloc="", fragment="").geturl()) if here else ""
    ) or "/"
