"""Whose points it is about: a search for a customer, and the one who was chosen."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages import asked
from customers import access, finding
from customers.models import Customer, User
from loyalty import ledger
from loyalty.models import Program

FOUND = 12
SENT_BEFORE = gettext_lazy(
    "This form was sent before with other values, and that is booked. Nothing was booked now: open it anew."
)


def chosen(request: HttpRequest, name: str) -> Customer | None:
    """The customer in GET `name`, if this reader may see her."""
    number = request.GET.get(name, "")
    if not number.isdecimal() or len(number) > 18:
        return None
    return access.customers_for(cast(User, request.user)).filter(pk=int(number)).first()


def ask(
    request: HttpRequest, name: str, title: str, back: str, where: str, lead: str = "", without: int = 0
) -> HttpResponse:
    """A page that searches (GET q) and leads back here with the customer in GET `name`."""
    user, text = cast(User, request.user), asked.text(request)
    people = access.customers_for(user).exclude(pk=without)
    found = finding.first(people, text, FOUND) if text else []
    context = {
        "title": title,
        "lead": lead,
        "back": back,
        "where": where,
        "name": name,
        "text": text,
        "found": [(person, access.name_for(user, person)) for person in found],
    }
    return render(request, "loyalty/person_find.html", context)


def standing(program: Program, person: Customer, reader: User) -> str:
    """“Anna Berg has 120 points that can be spent.”"""
    now = ledger.standing(program, [person.pk], timezone.now())[person.pk]
    about = {"name": access.name_for(reader, person), "points": formats.number(now.free)}
    return _("%(name)s has %(points)s points that can be spent.") % about
