"""Stores: shops in the street and online."""

from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import audit
from customers.forms.stores import StoreForm
from customers.models import Store, User


class StoreTable(ListTable):
    name = tables.Column()
    number = tables.Column()
    kind = tables.Column()
    city = tables.Column()
    country = tables.Column()
    time_zone = tables.Column()

    class Meta:
        model = Store
        fields = ["name", "number", "kind", "city", "country", "time_zone"]
        order_by = "name"


class StoreFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=Store.Kind.choices, empty_label=gettext_lazy("any"))

    class Meta:
        model = Store
        fields = ["kind"]


class StoreList(ListPage):
    key = "stores"
    title = gettext_lazy("Stores")
    permission = "customers.view_store"
    table_class = StoreTable
    filter_class = StoreFilter
    search_help = gettext_lazy("Name, number or city")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No store yet"),
            gettext_lazy(
                "Stores tell where somebody buys. Orders from the till and home stores point to them."
            ),
            "building-store",
            self.primary(),
        )

    def rows(self) -> QuerySet[Store]:
        return Store.objects.all()

    def search(self, rows: QuerySet[Store], text: str) -> QuerySet[Store]:
        return rows.filter(Q(name__icontains=text) | Q(number__istartswith=text) | Q(city__icontains=text))

    def row_url(self, record: Store) -> str:
        return reverse("store_edit", args=[record.pk]) if self._may_change() else ""

    def primary(self) -> Action | None:
        return (
            Action(gettext_lazy("Add store"), reverse("store_create"), "plus") if self._may_change() else None
        )

    def _may_change(self) -> bool:
        return self.request.user.has_perm("customers.change_store")


@login_required
@permission_required("customers.change_store", raise_exception=True)
def store_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Store(), _("Add store"))


@login_required
@permission_required("customers.change_store", raise_exception=True)
def store_edit(request: HttpRequest, store_id: int) -> HttpResponse:
    store = get_object_or_404(Store, pk=store_id)
    return _edit(request, store, store.name)


def _edit(request: HttpRequest, store: Store, title: str) -> HttpResponse:
    form = StoreForm(request.POST or None, instance=store)
    if request.method == "POST" and form.is_valid():
        _save(form, cast(User, request.user))
        messages.success(request, _("Store “%(name)s” saved.") % {"name": store.name})
        return redirect("store_list")
    return render(request, "customers/store_edit.html", {"form": form, "title": title})


@transaction.atomic
def _save(form: StoreForm, by: User) -> None:
    added = form.instance.pk is None
    store = form.save()
    audit.record(
        by,
        "store.added" if added else "store.changed",
        store,
        timezone.now(),
        fields=sorted(form.changed_data),
    )
