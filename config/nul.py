"""The sign NUL: nobody types it, programs and broken copies bring it along, and PostgreSQL's texts cannot hold it.

Forms refuse it field by field. This is for whatever they do not read: a refusal, where it would be a fault of ours.
"""

from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.defaults import bad_request
from psycopg.errors import UntranslatableCharacter


def is_nul(error: Exception) -> bool:
    """Whether the database refused a text, or a JSON document, for holding it."""
    because = isinstance(error.__cause__, UntranslatableCharacter) or "NUL" in str(error)
    return isinstance(error, DataError) and because


def without(given: QueryDict) -> QueryDict:
    """What was typed, without it: nobody is to lose her words over a sign that she cannot see."""
    clean = given.copy()
    for name, values in given.lists():
        clean.setlist(name, [str(value).replace("\0", "") for value in values])
    return clean


class NulMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return bad_request(request, error) if is_nul(error) else None
