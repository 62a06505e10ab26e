"""Pictures: served to everybody, uploaded and chosen by staff."""

from typing import cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels import pictures
from channels.models import Picture
from config.pages import asked
from customers.models import User

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, digest: str, kind: str) -> HttpResponse:
    """For mail programs, phones and social networks. Its name is the hash of what it shows."""
    tag = f'"{digest}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        data = Picture.objects.filter(digest=digest, kind=kind).values_list("data", flat=True).first()
        if data is None:
            raise Http404
        response = HttpResponse(bytes(data), content_type=f"image/{kind}")
    response["Cache-Control"] = FOR_EVER
    response["ETag"] = tag
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@login_required
@permission_required("channels.view_picture", raise_exception=True)
@require_safe
def picture_choice(request: HttpRequest) -> HttpResponse:
    """The dialog's contents; only the grid, when somebody searches."""
    text = asked.text(request, most=120)
    context = {"pictures": pictures.newest(text), "text": text}
    whole = "q" not in request.GET
    return render(request, "channels/_pictures.html" if whole else "channels/_picture_grid.html", context)


@login_required
@permission_required("channels.add_picture", raise_exception=True)
@require_POST
def picture_upload(request: HttpRequest) -> HttpResponse:
    """The grid with what was uploaded, marked so that the page takes it; or the reason why not."""
    file = request.FILES.get("file")
    context: dict[str, object] = {"pictures": pictures.newest()}
    try:
        if file is None:
            raise pictures.NotAPicture(_("Choose a file first."))
        context |= {"new": pictures.store(file, cast(User, request.user)), "pictures": pictures.newest()}
    except pictures.NotAPicture as error:
        context["refusal"] = str(error)
    return render(request, "channels/_picture_grid.html", context)
