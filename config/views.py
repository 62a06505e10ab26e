from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from config.pages import navigation


@login_required
def today(request: HttpRequest) -> HttpResponse:
    entries = [
        entry for entry in navigation.visible(navigation.ENTRIES, request) if entry.url_name != "today"
    ]
    return render(request, "today.html", {"now": timezone.now(), "entries": entries})


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """The index of the settings that this reader may open."""
    return render(request, "settings.html", {"entries": navigation.visible(navigation.SETTINGS, request)})
