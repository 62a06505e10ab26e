"""Signing up for messages, and confirming it by the link in the mail."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from channels import opt_in, speech
from channels.doors import page, public
from channels.forms.sign_up import SignUpForm
from channels.models import Channel
from config import client

WORDING = "sign-up-page-2026-11"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """`?language=de`, `?topic=key`. Answers the same for every address, known, suppressed or new."""
    language = speech.for_page(request, request.GET.get("language", ""))
    form = SignUpForm(request.POST or None, language=language)
    if request.method == "POST" and form.is_valid():
        if not form.cleaned_data["website"]:
            _ask(request, form, language)
        return page(request, "channels/sign_up_done.html", language, {})
    return page(request, "channels/sign_up.html", language, {"form": form})


def _ask(request: HttpRequest, form: SignUpForm, language: str) -> None:
    topic = form.cleaned_data["topic"]
    evidence = {
        "wording": f"{WORDING}:{language}",
        "topic_shown": topic.name_in(language),
        "form": request.path,
        "source": "sign_up_page",
        "ip": client.address(request) or "unknown",
        "user_agent": request.headers.get("User-Agent", "")[:300],
    }
    opt_in.ask(form.cleaned_data["email"], Channel.EMAIL, topic, language, evidence, timezone.now())


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST confirms: mail scanners open links, and an opened link is no consent."""
    found = opt_in.find(token, timezone.now())
    if found is None:
        raise Http404
    if request.method == "POST":
        opt_in.confirm(found, {"ip": client.address(request) or "unknown"}, timezone.now())
        found.confirmed_at = timezone.now()
    language = speech.for_page(request, found.language)
    address = opt_in.address_of(found)
    context = {
        "confirmed": found.confirmed_at is not None,
        "address": speech.masked(address) if address else "",
        "topic": found.topic.name_in(language) if found.topic else "",
    }
    return page(request, "channels/opt_in.html", language, context)
