"""Staff read and write times in the zone of the shop, wherever the installation stands."""

from collections.abc import Callable

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class StaffZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(_of_shop()):
            return self.get_response(request)


def _of_shop() -> str | None:
    """None before the shop's row is made: that of the installation. The model lives in an app above us."""
    zone: str | None = (
        apps.get_model("customers", "Shop")._default_manager.values_list("time_zone", flat=True).first()
    )
    return zone
