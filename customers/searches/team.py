from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from customers.models import User


@searches.register
class Team(Search):
    key = "team"
    label = _("Team")
    icon = "users-group"
    permission = "customers.change_user"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        name = Q(first_name__icontains=text) | Q(last_name__icontains=text) | Q(email__icontains=text)
        users = User.objects.filter(name).order_by("email")[:limit]
        return [Hit(str(user), user.email, reverse("team_edit", args=[user.pk])) for user in users]
