"""The QR code of a code, for mail programs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from loyalty.coupons import pictures

FOR_EVER = "public, max-age=31536000, immutable"


@require_safe
def code_picture(request: HttpRequest, token: str) -> HttpResponse:
    """The text of a code never changes, so a picture is fetched once."""
    data = pictures.picture(token)
    if data is None:
        raise Http404
    headers = {"Cache-Control": FOR_EVER, "Cross-Origin-Resource-Policy": "cross-origin"}
    return HttpResponse(data, content_type="image/png", headers=headers)
