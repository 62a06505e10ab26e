from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from config.pages import navigation
from config.pages import today as parts


@login_required
def today(request: HttpRequest) -> HttpResponse:
    steps = parts.steps_for(request)
    context = {
        "now": timezone.now(),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "next": next((step.step.key for step in steps if not step.done), ""),
        "panels": parts.panels_for(request),
    }
    return render(request, "today.html", context)


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """The index of the settings that this reader may open."""
    return render(request, "settings.html", {"entries": navigation.visible(navigation.SETTINGS, request)})
