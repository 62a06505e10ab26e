"""The customer's own page: what she wants to get, how often, about what; and her data."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from channels import addresses, data_requests, links, preferences, renewal, speech
from channels.doors import page, public
from channels.forms.preferences import PreferenceForm, word
from channels.models import Brand, Channel, DataRequest, Purpose
from channels.opt_out import Door
from channels.own_pages import own_pages
from config import client
from customers.models import Customer, Shop

WORDING = "preference-page-2026-11"
AGAIN = "keep-writing-2026-11"


@public
@require_http_methods(["GET", "HEAD", "POST"])
def preference_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows, POST saves: mail scanners open links."""
    door = preferences.open_door(token)
    if door is None:
        raise Http404
    with translation.override(_language(request, door.customer, door)):
        done, sent = _act(request, door) if request.method == "POST" else ("", None)
    if done:
        door.customer.refresh_from_db()
    language = _language(request, door.customer, door)
    with translation.override(language):
        form = _form(door, language) if done or sent is None else sent
        asked = renewal.questions(door.customer, form.now, "confirm" in request.GET, timezone.now())
        context = _context(door, form, sent, done) | {"own_pages": _own_pages(door, token), "asked": asked}
    return page(request, "channels/preferences.html", language, context)


def _own_pages(door: Door, token: str) -> list[dict[str, Any]]:
    """What apps above have of her own to show, behind the same token."""
    at = timezone.now()
    lines = [(own, own.line(door.customer, at)) for own in own_pages]
    return [
        {"page": own, "line": line, "url": reverse(own.url_name, args=[token])}
        for own, line in lines
        if line is not None
    ]


def _language(request: HttpRequest, customer: Customer, door: Door) -> str:
    return speech.for_page(request, customer.language, door.delivery.language)


def _form(door: Door, language: str, data: Any = None) -> PreferenceForm:
    at = timezone.now()
    now = preferences.read(door.customer, at)
    return PreferenceForm(data, now=now, spoken=language, zone=_zone(door.customer), at=at)


def _zone(customer: Customer) -> ZoneInfo:
    try:
        return ZoneInfo(customer.time_zone or Shop.current().time_zone)
    except (ValueError, ZoneInfoNotFoundError):
        return ZoneInfo(settings.TIME_ZONE)


def _act(request: HttpRequest, door: Door) -> tuple[str, PreferenceForm | None]:
    """What was done (saved, same, confirmed, right, left, mailed, full, no_way), and the form with a fault to mend."""
    at = timezone.now()
    choice = request.POST.get("choice")
    if choice == "leave":
        preferences.leave(door, _evidence(request), at)
        return "left", None
    if choice == "confirm":
        return ("confirmed" if renewal.confirm_consent(door, _evidence(request, AGAIN), at) else "same"), None
    if choice == "interests":
        return ("right" if renewal.confirm_interests(door, _evidence(request, AGAIN), at) else "same"), None
    if choice in DataRequest.Kind.values:
        if data_requests.way(door.customer, timezone.now()) is None:
            return "no_way", None
        language = translation.get_language() or "en"
        who = client.address(request)
        mailed = data_requests.ask(door, DataRequest.Kind(choice), language, who, at)
        return ("mailed" if mailed else "full"), None
    form = _form(door, translation.get_language() or "en", request.POST)
    if not form.may_be_saved():
        return "", form
    changed = preferences.save(door, form.was(), form.wanted(), _evidence(request), at)
    return "saved" if changed else "same", form if form.errors else None


def _evidence(request: HttpRequest, wording: str = WORDING) -> dict[str, Any]:
    language = speech.spoken(translation.get_language() or "en")
    return {
        "wording": f"{wording}:{language}",
        "form": "preference_page",
        "source": "message",
        # Without its token, which would open the page to whoever reads the proof.
        "page": f"{settings.PUBLIC_URL}/p/",
        "ip": client.address(request) or "unknown",
        "user_agent": request.headers.get("User-Agent", "")[:300],
    }


def _context(door: Door, form: PreferenceForm, sent: PreferenceForm | None, done: str) -> dict[str, Any]:
    """`form`: what is chosen on the page; `sent`: what cannot hold like that, if anything."""
    now = form.now
    pause = "keep" if now.paused_until else "none"
    blocked = preferences.suppressed(door.customer, now.channels)
    way = data_requests.way(door.customer, timezone.now())
    ticked = {word(cell) for cell in now.allowed}
    if form.is_bound:
        ticked = set(form.data.getlist("allowed"))  # type: ignore[attr-defined]
    return {
        "done": done,
        "form": form,
        "address": addresses.shown(door.customer, door.delivery.channel),
        "mailbox": speech.masked(way.address) if way else "",
        "by_text": way is not None and way.channel == Channel.SMS,
        "blocked": blocked,
        "contact": _contact(),
        "channels": [
            (
                label,
                _block(door.customer, channel, blocked),
                [
                    (word(cell), name, word(cell) in ticked)
                    for cell, name in rows
                    if cell.purpose == Purpose.SENDING
                ],
                [
                    (word(cell), word(cell) in ticked)
                    for cell, name in rows
                    if cell.purpose == Purpose.TRACKING
                ],
            )
            for channel, label, rows in form.switches()
        ],
        "ways": _radios(form, "preferred", now.preferred),
        "frequencies": _radios(form, "frequency", now.frequency),
        "pauses": _radios(form, "pause", "until" if sent else pause),
        "until": (sent or form)["until"],
        "interests": _chosen(form, "interests", {str(pk) for pk in now.interests}),
        "languages": _radios(form, "language", form.language_now()),
        "paused_until": form.day(now.paused_until) if now.paused_until else "",
        "opt_out": links.opt_out_token(door.delivery.pk),
    }


def _block(customer: Customer, channel: str, blocked: Mapping[str, str]) -> dict[str, Any] | None:
    """What is said of a channel on which her address is suppressed."""
    if channel not in blocked:
        return None
    return {
        "address": addresses.shown(customer, channel),
        "why": blocked[channel],
        "mail": channel == Channel.EMAIL,
    }


def _contact() -> str:
    """How the shop is asked in person."""
    told = speech.in_language(Brand.current().imprint, translation.get_language() or "en").strip()
    shop = Shop.current()
    return told or "\n".join(part for part in (shop.name, shop.url) if part)


def _radios(form: PreferenceForm, name: str, held: str) -> list[tuple[str, Any, bool]]:
    return _chosen(form, name, {held})


def _chosen(form: PreferenceForm, name: str, held: set[str]) -> list[tuple[str, Any, bool]]:
    """(value, label, chosen) for each choice of a field."""
    values = set(form.data.getlist(name)) if form.is_bound else held  # type: ignore[attr-defined]
    choices = form.fields[name].choices  # type: ignore[attr-defined]
    return [(value, label, value in values) for value, label in choices]
