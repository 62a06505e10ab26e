"""Ask before something that cannot be taken back. A page of its own, or a dialog on top where scripts run."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def ask(
    request: HttpRequest,
    title: str,
    text: str,
    button: str,
    back: str,
    *,
    danger: bool = True,
    fields: dict[str, list[str]] | None = None,
    fault: str = "",
    check: str = "",
) -> HttpResponse:
    """Answer a GET (or a bulk action's first POST) with the question; its form posts to the same address.

    `fields` are sent along as hidden inputs. A `fault` says why it cannot be done and takes the button away. A `check`
    is a sentence that has to be ticked, which `is_sure` tells of the POST.
    """
    context = {
        "title": title,
        "text": text,
        "button": button or _("Go ahead"),
        "back": back,
        "danger": danger,
        "hidden": [(name, value) for name, values in (fields or {}).items() for value in values],
        "fault": fault,
        "check": check,
        "action": request.get_full_path(),
    }
    template = "components/_confirm.html" if request.headers.get("HX-Request") else "components/confirm.html"
    return render(request, template, context)


def is_sure(request: HttpRequest) -> bool:
    return request.POST.get("sure") == "yes"
