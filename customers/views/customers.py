"""The list of customers."""

from datetime import datetime
from functools import cached_property
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from babel import Locale
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from config import countries, formats
from config.pages import paging
from config.pages.columns import RIGHT, DayColumn, NumberColumn, empty_last
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import access, finding
from customers.models import Customer, RfmClass, Shop, Store, User
from customers.people_lists import PeopleListPage
from customers.views.fixed_list_choosing import ADD_TO_LIST


class CustomerTable(ListTable):
    sort_name = tables.Column(verbose_name=gettext_lazy("Name"), empty_values=())
    email = tables.Column(verbose_name=gettext_lazy("E-mail"), orderable=False)
    city = tables.Column(orderable=False)
    country = tables.Column(orderable=False)
    orders = NumberColumn(accessor="stats__orders", verbose_name=gettext_lazy("Orders"))
    revenue = tables.Column(
        accessor="stats__revenue",
        verbose_name=gettext_lazy("Revenue"),
        attrs=RIGHT,
    )
    last_order = DayColumn(accessor="stats__last_order_at", verbose_name=gettext_lazy("Last order"))

    class Meta:
        model = Customer
        fields = ["sort_name", "email", "city", "country", "orders", "revenue", "last_order"]
        order_by = "sort_name"

    order_orders = empty_last("stats__orders")
    order_revenue = empty_last("stats__revenue")
    order_last_order = empty_last("stats__last_order_at")

    def render_sort_name(self, record: Customer) -> str:
        return access.name_for(self._reader, record)

    def render_email(self, value: str) -> str:
        return value if access.sees_names(self._reader) else access.masked_email(value)

    def render_last_order(self, value: datetime) -> str:
        return formats.day(value)

    def render_revenue(self, value: int) -> str:
        return formats.money(value, self._currency)

    value_sort_name, value_email = render_sort_name, render_email

    def value_revenue(self, value: int) -> Any:
        return formats.major(value, self._currency)

    @property
    def _reader(self) -> User:
        return cast(User, self.request.user)

    @cached_property
    def _currency(self) -> str:
        return Shop.current().currency or "EUR"


def home_countries() -> list[tuple[str, str]]:
    """The countries that customers live in, by the reader's language."""
    codes = filter(None, paging.distinct(Customer, "country"))
    return sorted(((code, countries.name(code)) for code in codes), key=lambda pair: pair[1])


def languages() -> list[tuple[str, str]]:
    names = Locale.parse(get_language() or "en").languages
    codes = filter(None, paging.distinct(Customer, "language"))
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


class CustomerFilter(filters.FilterSet):  # type: ignore[misc]
    country = filters.ChoiceFilter(
        choices=home_countries, label=gettext_lazy("Country"), empty_label=gettext_lazy("any")
    )
    language = filters.ChoiceFilter(
        choices=languages, label=gettext_lazy("Language"), empty_label=gettext_lazy("any")
    )
    home_store = filters.ModelChoiceFilter(
        queryset=Store.objects.all(), label=gettext_lazy("Home store"), empty_label=gettext_lazy("any")
    )

    rfm_class = filters.ChoiceFilter(
        field_name="stats__rfm_class",
        choices=RfmClass.choices,
        label=gettext_lazy("RFM class"),
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = Customer
        fields = ["country", "language", "home_store"]


class CustomerList(PeopleListPage):
    key = "customers"
    title = gettext_lazy("Customers")
    permission = "customers.view_customer"
    table_class = CustomerTable
    filter_class = CustomerFilter
    search_help = gettext_lazy("Name, e-mail, phone, customer or order number")
    bulk_actions = (ADD_TO_LIST,)

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No customers yet"),
            gettext_lazy("Here stands everybody whom you know: bring them along from your shop's export."),
            "users",
            Action(gettext_lazy("Import customers"), reverse("import_list"), "database-import")
            if self.request.user.has_perm("customers.add_importjob")
            else None,
        )

    def rows(self) -> QuerySet[Customer]:
        return access.customers_for(self.reader).select_related("home_store", "stats")

    def search(self, rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
        return finding.find(rows, text, names=self.sees_names)

    def menu(self) -> list[Action]:
        if not self.request.user.has_perm("customers.view_segment"):
            return []
        return [Action(gettext_lazy("RFM classes"), reverse("rfm_classes"), "chart-bar")]

    def row_url(self, record: Customer) -> str:
        return reverse("customer", args=[record.pk])
