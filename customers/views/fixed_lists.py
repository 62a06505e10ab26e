"""Fixed lists: all of them, the people of one, renaming and deleting. Adding is in `fixed_list_adding`."""

from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from config.pages import confirm
from config.pages.columns import MomentColumn, NumberColumn
from config.pages.listing import BulkAction, ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import access, fixed_lists
from customers.fixed_lists import Refused
from customers.forms.fixed_lists import RenameForm
from customers.models import Customer, FixedList, FixedListMember, Segment, User
from customers.people_lists import PeopleListPage
from customers.segments import lending
from customers.segments.membership import readings
from customers.views.customers import home_countries, languages


class FixedListTable(ListTable):
    name = tables.Column()
    size = NumberColumn()
    used_by = tables.Column(verbose_name=gettext_lazy("Used by"), empty_values=(), orderable=False)
    updated_at = MomentColumn()

    class Meta:
        model = FixedList
        fields = ["name", "size", "used_by", "updated_at"]
        order_by = "name"

    def render_used_by(self, record: FixedList) -> str:
        return ", ".join(self._users.get(record.pk, []))

    value_used_by = render_used_by

    @cached_property
    def _users(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for segment in Segment.objects.order_by("name"):
            for number in readings.uses(segment.rule, "on_list"):
                found.setdefault(number, []).append(segment.name)
        return found


class FixedListList(ListPage):
    key = "fixed_lists"
    title = gettext_lazy("Fixed lists")
    permission = "customers.view_segment"
    table_class = FixedListTable
    search_help = gettext_lazy("Name")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No list yet"),
            gettext_lazy(
                "A list holds people whom you name one by one, such as the guests of an evening or those who must "
                "not be written to. Segments can ask who is on it."
            ),
            "list",
            self.primary(),
        )

    def rows(self) -> QuerySet[FixedList]:
        return FixedList.objects.all()

    def search(self, rows: QuerySet[FixedList], text: str) -> QuerySet[FixedList]:
        return rows.filter(name__icontains=text)

    def row_url(self, record: FixedList) -> str:
        return reverse("fixed_list", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm("customers.add_segment"):
            return None
        return Action(gettext_lazy("New list"), reverse("fixed_list_create"), "plus")

    def menu(self) -> list[Action]:
        return [Action(gettext_lazy("Segments"), reverse("segment_list"), "filter")]


class MemberTable(ListTable):
    customer = tables.Column(verbose_name=gettext_lazy("Name"), orderable=False)
    email = tables.Column(accessor="customer__email", verbose_name=gettext_lazy("E-mail"), orderable=False)
    city = tables.Column(accessor="customer__city", verbose_name=gettext_lazy("City"), orderable=False)
    country = tables.Column(
        accessor="customer__country", verbose_name=gettext_lazy("Country"), orderable=False
    )
    added_at = MomentColumn(order_by=("pk",))

    class Meta:
        model = FixedListMember
        fields = ["customer", "email", "city", "country", "added_at"]
        order_by = "-added_at"

    def render_customer(self, value: Customer) -> str:
        return access.name_for(cast(User, self.request.user), value)

    def render_email(self, value: str) -> str:
        return value if access.sees_names(cast(User, self.request.user)) else access.masked_email(value)

    value_customer, value_email = render_customer, render_email


class MemberFilter(filters.FilterSet):  # type: ignore[misc]
    country = filters.ChoiceFilter(
        field_name="customer__country",
        choices=home_countries,
        label=gettext_lazy("Country"),
        empty_label=gettext_lazy("any"),
    )
    language = filters.ChoiceFilter(
        field_name="customer__language",
        choices=languages,
        label=gettext_lazy("Language"),
        empty_label=gettext_lazy("any"),
    )
    added_at = filters.DateFromToRangeFilter(label=gettext_lazy("Added"))

    class Meta:
        model = FixedListMember
        fields = ["country", "language", "added_at"]


def take_off(request: HttpRequest, rows: QuerySet[FixedListMember]) -> None:
    first = rows.select_related("fixed_list").first()
    if first is None:
        return
    try:
        count = fixed_lists.remove(first.fixed_list, rows, cast(User, request.user), timezone.now())
    except Refused as refused:
        messages.error(request, refused.sentence)
        return
    told = ngettext("%s person taken off the list.", "%s people taken off the list.", count)
    messages.success(request, told % formats.number(count))


class FixedListPage(PeopleListPage):
    """The people on one list."""

    key = "fixed_list"
    permission = "customers.view_segment"
    table_class = MemberTable
    filter_class = MemberFilter
    search_help = gettext_lazy("Name, e-mail, phone, customer or order number")
    template = "customers/fixed_lists/list.html"
    bulk_actions = (
        BulkAction(
            "remove",
            gettext_lazy("Take off the list"),
            take_off,
            "x",
            gettext_lazy(
                "Segments that use this list follow within a minute. The customers stay as they are."
            ),
            "customers.change_segment",
            danger=True,
        ),
    )

    @cached_property
    def fixed_list(self) -> FixedList:
        return get_object_or_404(FixedList, pk=self.kwargs["list_id"])

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.fixed_list.name

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("Nobody is on this list"),
            gettext_lazy("Add people by their customer numbers or e-mail addresses."),
            "list",
            self.primary(),
        )

    def rows(self) -> QuerySet[FixedListMember]:
        living = {"customer__merged_into": None, "customer__erased_at": None}
        rows = FixedListMember.objects.filter(fixed_list=self.fixed_list, **living).select_related("customer")
        reader = cast(User, self.request.user)
        if reader.has_perm("customers.view_every_store"):
            return rows
        return rows.filter(customer__in=access.customers_for(reader).values("pk"))

    def row_url(self, record: FixedListMember) -> str:
        return reverse("customer", args=[record.customer_id])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm("customers.change_segment"):
            return None
        return Action(
            gettext_lazy("Add people"), reverse("fixed_list_add", args=[self.fixed_list.pk]), "plus"
        )

    def menu(self) -> list[Action]:
        number, user = self.fixed_list.pk, self.request.user
        lines = []
        if user.has_perm("customers.change_segment"):
            lines.append(
                Action(gettext_lazy("Rename"), reverse("fixed_list_rename", args=[number]), "pencil")
            )
        if user.has_perm("customers.delete_segment"):
            url = reverse("fixed_list_delete", args=[number])
            lines.append(Action(gettext_lazy("Delete"), url, "trash", dialog=True, danger=True))
        return lines

    def context(self) -> dict[str, Any]:
        users = lending.users("on_list", self.fixed_list.pk)
        uploads = self.fixed_list.uploads.select_related("user").order_by("-at", "-pk")[:5]
        return super().context() | {"fixed_list": self.fixed_list, "used_by": users, "uploads": uploads}


@login_required
@permission_required("customers.change_segment", raise_exception=True)
def fixed_list_rename(request: HttpRequest, list_id: int) -> HttpResponse:
    fixed_list = get_object_or_404(FixedList, pk=list_id)
    title = fixed_list.name
    form = RenameForm(request.POST or None, initial={"name": fixed_list.name})
    if request.method == "POST" and form.is_valid():
        try:
            fixed_lists.rename(
                fixed_list, form.cleaned_data["name"], cast(User, request.user), timezone.now()
            )
        except Refused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, _("The list is called “%(name)s” now.") % {"name": fixed_list.name})
            return redirect("fixed_list", fixed_list.pk)
    context = {"form": form, "fixed_list": fixed_list, "title": title}
    return render(request, "customers/fixed_lists/rename.html", context)


@login_required
@permission_required("customers.delete_segment", raise_exception=True)
def fixed_list_delete(request: HttpRequest, list_id: int) -> HttpResponse:
    fixed_list = get_object_or_404(FixedList, pk=list_id)
    name = fixed_list.name
    if request.method == "POST" and _deleted(request, fixed_list):
        messages.success(request, _("List “%(name)s” deleted.") % {"name": name})
        return redirect("fixed_list_list")
    users = [_("segment “%s”") % segment.name for segment in lending.users("on_list", list_id)]
    return confirm.ask(
        request,
        _("Delete the list “%(name)s”?") % {"name": name},
        _("Nobody is on it any more then. Customers stay as they are."),
        _("Delete list"),
        reverse("fixed_list", args=[list_id]),
        fault=_("It is used by: %s. Take it out there first.") % ", ".join(users) if users else "",
    )


def _deleted(request: HttpRequest, fixed_list: FixedList) -> bool:
    try:
        return fixed_lists.delete(fixed_list, cast(User, request.user), timezone.now())
    except Refused:  # somebody else was quicker
        return True
