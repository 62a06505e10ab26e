from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from customers.models import Segment


@searches.register
class Segments(Search):
    key = "segments"
    label = _("Segments")
    icon = "filter"
    permission = "customers.view_segment"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        named = Q(name__icontains=text) | Q(description__icontains=text)
        found = Segment.objects.filter(named).order_by("name")[:limit]
        return [Hit(s.name, s.description, reverse("segment_edit", args=[s.pk])) for s in found]
