"""What is measured beside us: a view that makes one event with the ORM for each request. It checks no key."""

import json

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime
from django.views.decorators.csrf import csrf_exempt

from config.urls import urlpatterns as ours
from customers.models import Event


@csrf_exempt
def orm_create(request: HttpRequest) -> JsonResponse:
    said = json.loads(request.body)
    Event.objects.create(
        at=parse_datetime(said["timestamp"]),
        kind="custom",
        name=said["event"],
        properties=said["properties"],
        source="orm",
    )
    return JsonResponse({"success": True})


urlpatterns = [path("orm-create/", orm_create), *ours]
