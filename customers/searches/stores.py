from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from customers.models import Store


@searches.register
class Stores(Search):
    key = "stores"
    label = _("Stores")
    icon = "building-store"
    permission = "customers.change_store"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        stores = Store.objects.filter(
            Q(name__icontains=text) | Q(number__iexact=text) | Q(city__icontains=text)
        )
        return [
            Hit(s.name, f"{s.number} · {s.city}", reverse("store_edit", args=[s.pk])) for s in stores[:limit]
        ]
