"""A job's progress as a fragment that asks again every two seconds, until the job is done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from config.pages.parts import Progress


def respond(request: HttpRequest, progress: Progress) -> HttpResponse:
    """The fragment for polling; once finished, the browser goes on to `progress.then` where that is set.

    Without JavaScript the address is opened as a page of its own, and leads on all the same.
    """
    polled = bool(request.headers.get("HX-Request"))
    if progress.finished and progress.then:
        return HttpResponseClientRedirect(progress.then) if polled else redirect(progress.then)
    template = "components/_progress.html" if polled else "components/progress.html"
    return render(request, template, {"progress": progress})
