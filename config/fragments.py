"""A fragment asked for after the session has ended must not show the sign-in page inside the page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect


class SignInAgainMiddleware:
    """Turn a redirect to the sign-in page into one of the whole window where HTMX asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        to_sign_in = response.get("Location", "").startswith(reverse("sign_in"))
        if to_sign_in and request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(request.headers.get("HX-Current-URL", "/"))
        return response
