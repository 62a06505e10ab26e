"""Calls of machines go past what only pages need: session, sign-in, forms, policies. That was half of a call."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation

PLACE = "/api/"
READING = ("GET", "HEAD")  # the API's own page and document are pages


class CallsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READING or not request.path_info.startswith(PLACE):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours
        request.resolver_match = match = resolve(request.path_info)
        with translation.override("en"):
            return cast(HttpResponse, match.func(request, *match.args, **match.kwargs))
