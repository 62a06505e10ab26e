"""Pages for customers, opened by a link of their own: no session, no cookie, nothing kept, nothing passed on."""

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
    """The token is the right to act, so there is no session to abuse. Bad tokens of any kind get one answer."""

    @csrf_exempt
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(*args, **kwargs)
        except Http404:
            request: Any = args[0]
            response = page(request, "loyalty/link_unknown.html", "", {}, status=404)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return guarded


def page(
    request: HttpRequest, template: str, language: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in `language` ("": the browser's)."""
    with translation.override(language or translation.get_language_from_request(request)):
        about = {"shop_name": Shop.current().name, "csrf_token": ""} | context
        return render(request, template, about, status=status)
