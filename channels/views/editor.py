"""The editor of a message: its page, and the one door through which every change of a content goes."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels.messages import drafts, saved_blocks, variants
from channels.models import Content, Message
from channels.views import editor_matrix, editor_parts
from channels.views.editor_matrix import Spot
from config import nul
from customers.models import User


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_safe
def message_editor(request: HttpRequest, message_id: int) -> HttpResponse:
    """The editor as a page of its own, or as a fragment where HTMX asks (the campaign builder does)."""
    message = get_object_or_404(Message.objects.select_related("sender"), pk=message_id)
    asked = (request.GET.get(name, "") for name in Spot._fields)
    content, spot = editor_matrix.spot(message, *asked)
    opened = request.GET.get("block", "")  # whoever comes from the review looks for the fault of this one
    context = editor_parts.editor(message, content, spot, opened=opened, checked=opened)
    name = "_message_editor" if request.headers.get("HX-Request") else "message_editor"
    response = render(request, f"channels/{name}.html", context | {"title": _("Message")})
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_POST
def message_change(request: HttpRequest, content_id: int) -> HttpResponse:
    """Save a part of a content and do what `action` says: save, up, down, move, add, duplicate, delete ..."""
    content = get_object_or_404(Content.objects.select_related("message__sender"), pk=content_id)
    given = nul.without(request.POST)
    action = given.get("action") or "save"
    refusal, opened, kept = "", given.get("block", ""), ""
    try:
        with drafts.editing(content.pk, _revision(given), _user(request)) as content:
            opened = _apply(content, action, given)
            if action == "keep":
                kept = _keep(request, content, opened)
    except drafts.Stale as stale:
        return _told(request, stale.content, editor_parts.stale_notice(stale.content))
    except drafts.Locked as locked:
        return _told(request, content, str(locked))
    except drafts.Refused as refused:
        refusal, content = str(refused), Content.objects.select_related("message__sender").get(pk=content.pk)
    if not request.headers.get("HX-Request"):
        return redirect(_address(content, opened))
    if action == "save" and not refusal:
        return _saved(request, content, opened)
    spot = editor_matrix.spot_of(content)
    return _whole(request, content.message, content, spot, opened, refusal, kept)


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_POST
def message_language(request: HttpRequest, message_id: int) -> HttpResponse:
    """Begin a language or a variant on a channel, empty or as a copy of another content, or take one away."""
    message = get_object_or_404(Message.objects.select_related("sender"), pk=message_id)
    spot, refusal = _spot(message, request.POST), ""
    try:
        spot = _change_contents(message, spot, request.POST, _user(request))
    except drafts.Locked:
        message.refresh_from_db()  # drawn again, the editor says why
    except drafts.Refused as refused:
        refusal = str(refused)
    if not request.headers.get("HX-Request"):
        return redirect(editor_matrix.address(message.pk, spot))
    content, spot = editor_matrix.spot(message, *spot)
    return _whole(request, message, content, spot, refusal=refusal)


def _spot(message: Message, data: QueryDict) -> Spot:
    channel = data.get("channel", "")
    channel = channel if channel in message.channels else message.channels[0]
    return Spot(channel, data.get("language", ""), data.get("variant") or variants.FIRST)


def _change_contents(message: Message, spot: Spot, data: QueryDict, user: User) -> Spot:
    """Do what `action` says, and say where the editor stands then."""
    action = data.get("action", "")
    if action == "remove":
        drafts.remove(message, *spot)
        return spot._replace(variant=variants.FIRST) if spot.variant != variants.FIRST else Spot(spot.channel)
    if action == "vary":
        here = message.contents.filter(**spot._asdict()).first()
        return editor_matrix.spot_of(drafts.add_variant(here, user)) if here else spot
    if spot.language in editor_matrix.LANGUAGES:
        source = _named(message, spot, data.get("source", ""))
        drafts.add_language(message, spot.language, user, source, spot.channel, spot.variant)
    return spot


def _named(message: Message, spot: Spot, name: str) -> Content | None:
    """The content that `channel:language:variant` names; a language alone is one of the same channel."""
    parts = name.split(":")
    channel, language = (parts[0], parts[1]) if len(parts) > 1 else (spot.channel, name)
    letter = parts[2] if len(parts) > 2 else variants.FIRST
    return message.contents.filter(channel=channel, language=language, variant=letter).first()


def _apply(content: Content, action: str, data: QueryDict) -> str:
    """Do it, after keeping what was typed in the same form; the id of the block to show."""
    block_id = data.get("block", "")
    if "subject" in data:
        drafts.set_frame(content, data.get("subject", ""), data.get("preheader", ""))
    if "options" in data:
        drafts.set_options(content, data)
    if block_id and action != "delete":
        drafts.set_block(content, block_id, data)
    name, _colon, value = action.partition(":")
    if name == "add":
        return drafts.add(content, value, after=data.get("after", ""))
    if name == "insert":
        return saved_blocks.insert(content, _integer(value), data.get("after", ""))
    if name == "duplicate":
        return drafts.duplicate(content, block_id)
    if name == "delete":
        drafts.delete(content, block_id)
        return ""
    if name in ("up", "down", "move"):
        here = [each["id"] for each in content.blocks].index(block_id)
        drafts.move(content, block_id, {"up": here - 1, "down": here + 1}.get(name, _integer(value)))
    elif name in ("product", "unproduct"):
        drafts.set_product(content, block_id, _integer(value), chosen=name == "product")
    return block_id


def _keep(request: HttpRequest, content: Content, block_id: str) -> str:
    """The name under which the block is found from now on."""
    name = request.POST.get("keep_as", "")
    return saved_blocks.keep(content, block_id, name, _user(request), timezone.now()).name


def _saved(request: HttpRequest, content: Content, block_id: str) -> HttpResponse:
    """What a save changes on the page: the state line, this block's faults, the tabs. Never what is typed in."""
    context = editor_parts.saved(content, block_id)
    response = render(request, "channels/_message_saved.html", context)
    response["HX-Trigger"] = "message-saved"
    return response


def _whole(
    request: HttpRequest,
    message: Message,
    content: Content | None,
    spot: Spot,
    opened: str = "",
    refusal: str = "",
    kept: str = "",
) -> HttpResponse:
    context = editor_parts.editor(message, content, spot, opened=opened, refusal=refusal) | {"kept": kept}
    response = render(request, "channels/_message_editor.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#message-editor", "outerHTML"
    return response


def _told(request: HttpRequest, content: Content, notice: str) -> HttpResponse:
    """Nothing was saved, and the page keeps what was typed, so that it can be copied."""
    if not request.headers.get("HX-Request"):
        return redirect(_address(content, ""))
    context: Mapping[str, Any] = {"notice": notice, "content": content, "reload": _address(content, "")}
    response = render(request, "channels/_message_state.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#message-state", "outerHTML"
    return response


def _address(content: Content, block_id: str) -> str:
    return editor_matrix.address(content.message_id, editor_matrix.spot_of(content), block_id)


def _revision(data: QueryDict) -> int:
    """The newest revision that the page knows: a form's own grows old, the state line's is sent beside it."""
    return max(_integer(data.get("revision")), _integer(data.get("newest")))


def _integer(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdecimal() else -1


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
