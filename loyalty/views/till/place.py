"""Who stands at which till: every page of the till begins with this."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from customers import access
from customers.models import Customer, Store, User
from loyalty.till import stores
from loyalty.till.lookups import Who

KEPT = "till_store"


@dataclass(frozen=True)
class Place:
    """A person at the till of a store. `several`: she may work in others as well."""

    user: User
    store: Store
    several: bool

    @property
    def who(self) -> Who:
        return Who(self.store, user=self.user)

    def customer(self, customer_id: int) -> Customer:
        """The customer, if she may be seen here; else there is no such page."""
        return get_object_or_404(access.customers_for(self.user), pk=customer_id)


Page = Callable[..., HttpResponse]


def at_the_till(page: Page) -> Page:
    """A view that gets the Place as its second argument. Who has not chosen her store is asked first."""

    @login_required
    @permission_required(stores.USE, raise_exception=True)
    @wraps(page)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        place = of(request)
        if place is None:
            return choose(request, request.get_full_path() if request.method == "GET" else "")
        response = page(request, place, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return view


def of(request: HttpRequest) -> Place | None:
    """The store that was chosen, or the only one there is for her."""
    user = cast(User, request.user)
    own = list(stores.of(user).order_by("name"))
    kept = request.session.get(KEPT)
    store = next((each for each in own if each.pk == kept), own[0] if len(own) == 1 else None)
    return Place(user, store, len(own) > 1) if store else None


def choose(request: HttpRequest, back: str) -> HttpResponse:
    own = stores.of(cast(User, request.user)).order_by("name")
    context = {"title": _("Which till?"), "stores": own, "back": back}
    return render(request, "loyalty/till/stores.html", context)
