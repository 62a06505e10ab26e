"""`/health/` for load balancers and containers: answers before redirects, host checks and sessions."""

from collections.abc import Callable

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse

PATH = "/health/"
GOOD = b"stammkunde: good"


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return answer() if request.path == PATH else self.get_response(request)


def answer() -> HttpResponse:
    """200 when this process can ask the database something, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse(b"the database does not answer", status=503, content_type="text/plain")
    return HttpResponse(GOOD, content_type="text/plain")
