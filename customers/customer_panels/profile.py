from datetime import datetime
from typing import Any

from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config import countries
from customers import access
from customers.models import Customer, User
from customers.panels import Panel, panels


@panels.register
class Profile(Panel):
    key = "profile"
    order = 10
    label = _("Profile")
    template = "customers/panels/profile.html"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        locale = Locale.parse(get_language() or "en")
        context: dict[str, Any] = {"rows": _personal(customer, reader) + _general(customer, locale)}
        if access.sees_names(reader):  # an attribute may be a name, and a number an address
            context["attributes"] = sorted(customer.attributes.items())
            context["identities"] = customer.identities.order_by("source", "number")
        return context


def _personal(customer: Customer, reader: User) -> list[tuple[Any, Any]]:
    if not access.sees_names(reader):
        return [(_("E-mail"), access.masked_email(customer.email))]
    return [
        (_("Salutation"), customer.get_salutation_display()),
        (_("Title"), customer.title),
        (_("E-mail"), customer.email),
        (_("Phone"), customer.phone),
        (_("Birthday"), customer.birthday),
    ]


def _general(customer: Customer, locale: Locale) -> list[tuple[Any, Any]]:
    place = f"{customer.postal_code} {customer.city}".strip()
    return [
        (_("Place"), place),
        (_("Country"), countries.name(customer.country)),
        (_("Language"), locale.languages.get(customer.language, customer.language)),
        (_("Time zone"), customer.time_zone),
        (_("Home store"), customer.home_store or ""),
        (_("Acquired by"), customer.acquisition_source),
        (_("Acquired at"), customer.acquired_at),
    ]
