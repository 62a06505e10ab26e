from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels.models import SocialPostGroup
from config import formats
from config.pages.search import Hit, Search, searches


@searches.register
class Posts(Search):
    key = "social"
    label = _("Posts")
    icon = "share"
    permission = "channels.view_socialpost"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        found = SocialPostGroup.objects.filter(name__icontains=text).order_by("-updated_at")
        return [
            Hit(each.name, formats.day(each.updated_at), reverse("social_group", args=[each.pk]))
            for each in found[:limit]
        ]
