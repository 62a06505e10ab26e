"""The two links of a message: where it leads, and out of it."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from channels import addresses, links, machines, opt_out, preferences, speech, tracking
from channels.doors import page, public
from channels.opt_out import Door
from config import client


@public
@require_http_methods(["GET", "HEAD"])
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Redirect to a link's stored target, the product of `?p=` or the cart of `?c=`, and count the click. Three queries
    at most."""
    at = timezone.now()
    found = tracking.follow(token, at, _product(request.GET.get("p", "")), request.GET.get("c", ""))
    if found is None:
        raise Http404
    if request.method == "GET":
        tracking.count(found, at, machines.is_machine(request.headers))
    return HttpResponseRedirect(found.url)


def _product(text: str) -> int | None:
    """The number of a product that a recommendation's link names; nothing for what can be none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@public
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST acts: by the page's buttons, or by a mail program's one click (RFC 8058)."""
    door = opt_out.open_door(token)
    if door is None:
        raise Http404
    done = _act(request, door) if request.method == "POST" else ""
    language = speech.for_page(request, door.customer.language, door.delivery.language)
    context = {
        "done": done,
        "address": _address(door, language),
        "topic": door.topic.name_in(language) if door.topic else "",
        "can_undo": done in ("topic", "everything") and opt_out.can_undo(door, timezone.now()),
        "preferences": links.preferences_token(door.delivery.pk) if preferences.opens(door) else "",
        "undo_minutes": int(opt_out.UNDO_WITHIN.total_seconds() // 60),
    }
    return page(request, "channels/opt_out.html", language, context)


def _address(door: Door, language: str) -> str:
    """ "" where the message went elsewhere: who reads it there must not learn where she is reached now."""
    if not opt_out.went_to_her(door):
        return ""
    with translation.override(language):
        return addresses.shown(door.customer, door.delivery.channel)


def _act(request: HttpRequest, door: Door) -> str:
    """What was done: topic, everything, restored or late."""
    at = timezone.now()
    one_click = request.POST.get("List-Unsubscribe") == "One-Click"
    choice = request.POST.get("choice", "")
    evidence = {
        "ip": client.address(request),
        "user_agent": request.headers.get("User-Agent", "")[:300],
        "by": "one_click" if one_click else "page",
    }
    if choice == "undo" and not one_click:
        return "restored" if opt_out.undo(door, evidence, at) else "late"
    everything = (choice == "everything" and not one_click) or door.topic is None
    opt_out.withdraw(door, everything, evidence, at)
    return "everything" if everything else "topic"
