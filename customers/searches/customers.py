from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.pages.search import Hit, Search, searches
from customers import access, alike
from customers.models import User


@searches.register
class Customers(Search):
    key = "customers"
    label = _("Customers")
    icon = "users"
    permission = "customers.view_personal_data"

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        found = alike.closest(access.customers_for(cast(User, request.user)), text, limit)
        return [
            Hit(str(customer), customer.email or customer.city, reverse("customer", args=[customer.pk]))
            for customer in found
        ]
