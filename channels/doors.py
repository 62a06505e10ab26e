"""What all pages for customers have in common: no session, no cookie, nothing kept, nothing passed on."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from customers.models import Shop

P = ParamSpec("P")


def public(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
    """For pages that a link in a mail opens. Its token is the right to act, so there is no session to abuse."""

    @csrf_exempt
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(*args, **kwargs)
        except Http404:
            response = (
                HttpResponse(status=404) if _request(args).method == "HEAD" else _missing(_request(args))
            )
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def _request(args: tuple[Any, ...]) -> HttpRequest:
    request: HttpRequest = args[0]
    return request


def _missing(request: HttpRequest) -> HttpResponse:
    """One answer for everything that is not a link of ours, whatever is wrong with it."""
    return page(request, "channels/link_unknown.html", "", {}, status=404)


def page(
    request: HttpRequest, template: str, language: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in `language` ("": the browser's). Without a CSRF token in it, no cookie is set either."""
    with translation.override(language or translation.get_language_from_request(request)):
        about = {"shop_name": Shop.current().name, "csrf_token": ""} | context
        return render(request, template, about, status=status)
