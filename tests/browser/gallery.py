"""Every component on one page, at `/gallery/`, for the browser test and for looking."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path

from config.pages import confirm, progress
from config.pages.parts import Action, Bar, Empty, Figure, Progress, Step
from tests.config import list_pages

PAGE = Template("""{% extends "base.html" %}{% load ui %}
{% block title %}Gallery{% endblock %}{% block heading %}Gallery{% endblock %}
{% block styles %}{% include "components/_plot_styles.html" %}{% endblock %}
{% block scripts %}{{ block.super }}{% include "components/_plot_scripts.html" %}{% endblock %}
{% block actions %}{% include "components/_menu.html" %}
<a class="btn btn-primary" href="/ask/" data-dialog>Send to 12,408 customers</a>{% endblock %}
{% block figures %}{% include "components/_figures.html" %}{% endblock %}
{% block content %}
<p>{% badge "sent" "good" %} {% badge "waits" "wait" %}
{% badge "failed" "bad" %} {% badge "draft" "calm" %} {% badge "running" "info" %}</p>
{% progress job %}<br>
<div class="builder"><div>{% stepper steps %}</div><div>{% bar_chart bars "Clicks by language" "people" %}
{% time_series "Sent and clicked" "messages" days series %}</div>
<aside class="builder-side"><div class="card"><div class="card-body">Preview</div></div></aside></div>
{% include "components/_empty.html" %}{% endblock %}""")

JOBS = {"done": 0}


def gallery(request: HttpRequest) -> HttpResponse:
    JOBS["done"] = 0
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(20)]
    context = {
        "actions": [
            Action("Duplicate", "/gallery/", "copy"),
            Action("Delete", "/ask/", "trash", danger=True),
        ],
        "figures": [
            Figure("Revenue", "12.408,50 €", "+4,2 %", "good", "to last week", [3, 4, 3, 5, 6, 5, 8]),
            Figure("Sent", "12,408", "-1.1 %", "bad", "", [9, 8, 8, 7, 7, 6, 6]),
            Figure("Opt-outs", "12", "0 %", "calm"),
            Figure("Waiting", "1,240", "", "calm", "until 18:00", [1, 1, 1, 1], "/gallery/"),
        ],
        "steps": [
            Step("Audience", "/gallery/", "done"),
            Step("Content", "/gallery/", "here"),
            Step("Time", "/gallery/", "faulty", "Choose a time in the future."),
            Step("Review", "/gallery/"),
        ],
        "bars": [
            Bar("German, as it is read in Germany, Austria, Switzerland", 812, "812"),
            Bar("English", 240, "240"),
            Bar("French", -60, "-60"),
        ],
        "days": days,
        "series": {"sent": [n * n for n in range(20)], "clicked": [n * 5 for n in range(20)]},
        "job": _job(),
        "empty": Empty(
            "No campaign yet", "Write to a segment at a time.", "speakerphone", Action("New", "/", "plus")
        ),
    }
    return HttpResponse(PAGE.render(RequestContext(request, context)))


def job(request: HttpRequest) -> HttpResponse:
    JOBS["done"] += 50
    return progress.respond(request, _job())


def _job() -> Progress:
    done = JOBS["done"]
    return Progress(
        "Sending", done, "/job/", 100, finished=done >= 100, counts=[("sent", done), ("refused", 2)]
    )


def ask(request: HttpRequest) -> HttpResponse:
    return confirm.ask(request, "Send now?", "To 12,408 customers.", "Send", "/gallery/", danger=False)


urlpatterns = [
    path("gallery/", gallery),
    path("job/", job),
    path("ask/", ask),
    *list_pages.urlpatterns,
]
