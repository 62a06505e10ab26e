"""The editor of a message: its page, and the one door through which every change of a content goes."""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels.messages import drafts
from channels.models import Content, Message
from channels.views import editor_parts
from customers.models import User


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_safe
def message_editor(request: HttpRequest, message_id: int) -> HttpResponse:
    """The editor as a page of its own, or as a fragment where HTMX asks (the campaign builder does)."""
    message = get_object_or_404(Message.objects.select_related("sender"), pk=message_id)
    content = _content(message, request.GET.get("language", ""))
    context = editor_parts.editor(message, content, opened=request.GET.get("block", ""))
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
    action = request.POST.get("action") or "save"
    refusal, opened = "", request.POST.get("block", "")
    try:
        with drafts.editing(content.pk, _revision(request.POST), _user(request)) as content:
            opened = _apply(content, action, request.POST)
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
    return _whole(request, content.message, content, opened, refusal)


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_POST
def message_language(request: HttpRequest, message_id: int) -> HttpResponse:
    """Add a language, empty or as a copy of another, or take one away."""
    message = get_object_or_404(Message.objects.select_related("sender"), pk=message_id)
    code = request.POST.get("language", "")
    found = message.contents.filter(language=code).first()
    content = found
    try:
        if request.POST.get("action") == "remove" and found:
            drafts.remove_language(found)
            content = message.contents.first()
        elif code in editor_parts.LANGUAGES:
            source = message.contents.filter(language=request.POST.get("source", "")).first()
            content = drafts.add_language(message, code, _user(request), source)
    except drafts.Locked:
        message.refresh_from_db()  # drawn again, the editor says why
        content = found or message.contents.first()
    if not request.headers.get("HX-Request"):
        return redirect(reverse("message_editor", args=[message.pk]) + f"?language={code}")
    return _whole(request, message, content, "", "")


def _apply(content: Content, action: str, data: QueryDict) -> str:
    """Do it, after keeping what was typed in the same form; the id of the block to show."""
    block_id = data.get("block", "")
    if "subject" in data:
        drafts.set_frame(content, data.get("subject", ""), data.get("preheader", ""))
    elif block_id and action != "delete":
        drafts.set_block(content, block_id, data)
    name, _colon, value = action.partition(":")
    if name == "add":
        return drafts.add(content, value, after=data.get("after", ""))
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


def _saved(request: HttpRequest, content: Content, block_id: str) -> HttpResponse:
    """What a save changes on the page: the state line, this block's faults, the tabs. Never what is typed in."""
    context = editor_parts.saved(content, block_id)
    response = render(request, "channels/_message_saved.html", context)
    response["HX-Trigger"] = "message-saved"
    return response


def _whole(
    request: HttpRequest, message: Message, content: Content | None, opened: str, refusal: str
) -> HttpResponse:
    context = editor_parts.editor(message, content, opened=opened, refusal=refusal)
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


def _content(message: Message, language: str) -> Content | None:
    contents = list(message.contents.all())
    return next((each for each in contents if each.language == language), contents[0] if contents else None)


def _address(content: Content, block_id: str) -> str:
    return (
        reverse("message_editor", args=[content.message_id])
        + f"?language={content.language}&block={block_id}"
    )


def _revision(data: QueryDict) -> int:
    """The newest revision that the page knows: a form's own grows old, the state line's is sent beside it."""
    return max(_integer(data.get("revision")), _integer(data.get("newest")))


def _integer(text: str | None) -> int:
    return int(text) if text and text.lstrip("-").isdecimal() else -1


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
