"""What waits for a second person, as a line on the page of today."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db.models import Min, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from config import formats
from config.pages.today import Panel
from customers.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class WaitingPanel(Panel):
    """For those who may confirm it, without their own."""

    title: "StrPromise"
    url_name: ClassVar[str]
    button: "StrPromise"

    def waiting(self, reader: User) -> QuerySet[Any]:
        """What waits in the places of this reader: rows with `maker` and `asked_at`."""
        raise NotImplementedError

    def name(self, number: int) -> str:
        """So many of them, in words."""
        raise NotImplementedError

    def render(self, request: HttpRequest) -> str:
        reader = cast(User, request.user)
        others = self.waiting(reader).exclude(maker=reader)
        oldest = others.aggregate(at=Min("asked_at"))["at"]
        if oldest is None:
            return ""
        line = {
            "name": self.name(others.count()),
            "note": _("Waiting since %s.") % formats.moment(oldest),
            "badge": _("waits"),
            "tone": "wait",
            "url": reverse(self.url_name),
            "button": self.button,
        }
        context = {"key": self.key, "title": self.title, "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
