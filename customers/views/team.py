"""The team: who signs in, invited and looked after by administrators."""

from typing import cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import roles
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import team
from customers.forms.team import MemberForm
from customers.models import Store, User
from customers.models.customer import folded

PERMISSION = "customers.change_user"
LINK_IN_SESSION = "invitation_link"


class TeamTable(ListTable):
    name = tables.Column(gettext_lazy("Name"), accessor="pk", empty_values=())
    email = tables.Column(gettext_lazy("E-mail"))
    roles = tables.Column(gettext_lazy("Roles"), accessor="groups", orderable=False)
    stores = tables.Column(gettext_lazy("Stores"), orderable=False)
    last_login = MomentColumn(verbose_name=gettext_lazy("Last sign-in"), default=gettext_lazy("never"))
    is_active = BadgeColumn(
        verbose_name=gettext_lazy("State"),
        tones={True: "good", False: "calm"},
        labels={True: gettext_lazy("active"), False: gettext_lazy("deactivated")},
    )

    class Meta:
        order_by = "name"

    def order_name(self, rows: QuerySet[User], is_descending: bool) -> tuple[QuerySet[User], bool]:
        name = folded("last_name", "first_name")
        return rows.order_by(name.desc() if is_descending else name.asc(), "email"), True

    def render_name(self, record: User) -> str:
        return str(record)

    def render_roles(self, record: User) -> str:
        return ", ".join(roles.label(key) for key in sorted(team.role_names(record))) or "–"

    def render_stores(self, record: User) -> str:
        return ", ".join(store.name for store in record.stores.all()) or "–"


class TeamFilter(filters.FilterSet):  # type: ignore[misc]
    role = filters.ChoiceFilter(
        label=gettext_lazy("Role"),
        field_name="groups__name",
        choices=[(role.key, role.label) for role in roles.ROLES],
        empty_label=gettext_lazy("any"),
    )
    store = filters.ModelChoiceFilter(
        label=gettext_lazy("Store"),
        field_name="stores",
        queryset=Store.objects.all(),
        empty_label=gettext_lazy("any"),
    )
    active = filters.ChoiceFilter(
        label=gettext_lazy("State"),
        field_name="is_active",
        choices=[(True, gettext_lazy("active")), (False, gettext_lazy("deactivated"))],
        empty_label=gettext_lazy("any"),
    )


class TeamList(ListPage):
    key = "team"
    title = gettext_lazy("Team")
    permission = PERMISSION
    table_class = TeamTable
    filter_class = TeamFilter
    search_help = gettext_lazy("Name or e-mail")
    empty = Empty(
        gettext_lazy("Nobody here yet"),
        gettext_lazy(
            "Invite the people who build, approve and read campaigns, and give each the roles she needs."
        ),
        "users-group",
    )

    def rows(self) -> QuerySet[User]:
        return User.objects.prefetch_related("groups", "stores")

    def search(self, rows: QuerySet[User], text: str) -> QuerySet[User]:
        for word in text.split():
            rows = rows.filter(
                Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(email__icontains=word)
            )
        return rows

    def row_url(self, record: User) -> str:
        return reverse("team_edit", args=[record.pk])

    def primary(self) -> Action:
        return Action(gettext_lazy("Invite"), reverse("team_invite"), "user-plus")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def team_invite(request: HttpRequest) -> HttpResponse:
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        user = team.invite(
            cast(User, request.user),
            data["email"],
            data["first_name"],
            data["last_name"],
            data["roles"],
            data["stores"],
            timezone.now(),
        )
        return _show_link(request, user)
    return render(request, "customers/team_edit.html", {"form": form, "title": _("Invite to the team")})


@login_required
@permission_required(PERMISSION, raise_exception=True)
def team_edit(request: HttpRequest, user_id: int) -> HttpResponse:
    member = get_object_or_404(User, pk=user_id)
    start = {"roles": sorted(team.role_names(member)), "stores": member.stores.all()}
    form = MemberForm(request.POST or None, instance=member, initial=start)
    if request.method == "POST" and form.is_valid() and _saved(request, form):
        messages.success(request, _("%(name)s saved.") % {"name": member})
        return redirect("team_list")
    title = User.objects.get(pk=user_id)
    return render(request, "customers/team_edit.html", {"form": form, "member": member, "title": title})


def _saved(request: HttpRequest, form: MemberForm) -> bool:
    data = form.cleaned_data
    try:
        team.change(cast(User, request.user), form.instance, data["roles"], data["stores"], timezone.now())
    except team.TeamError as refusal:
        form.add_error("roles", str(refusal))
        return False
    return True


@login_required
@permission_required(PERMISSION, raise_exception=True)
def team_deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    """GET asks, POST does."""
    member, by = get_object_or_404(User, pk=user_id), cast(User, request.user)
    if request.method != "POST":
        return _ask(request, member, team.why_not_deactivate(by, member))
    try:
        team.deactivate(by, member, timezone.now())
    except team.TeamError as refusal:
        messages.error(request, str(refusal))
        return redirect("team_edit", user_id)
    messages.success(request, _("%(name)s is deactivated and signed out everywhere.") % {"name": member})
    return redirect("team_list")


@login_required
@permission_required(PERMISSION, raise_exception=True)
def team_activate(request: HttpRequest, user_id: int) -> HttpResponse:
    """GET asks, POST does."""
    member = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        team.activate(cast(User, request.user), member, timezone.now())
        messages.success(request, _("%(name)s can sign in again.") % {"name": member})
        return redirect("team_edit", user_id)
    return confirm.ask(
        request,
        _("Activate %(name)s?") % {"name": member},
        _("The account can be used again with its old password, its roles and its stores."),
        _("Activate"),
        reverse("team_edit", args=[user_id]),
        danger=False,
    )


@login_required
@permission_required(PERMISSION, raise_exception=True)
def team_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """POST makes a link for a new password; GET shows it, once."""
    member = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        return _show_link(request, member)
    link = request.session.pop(LINK_IN_SESSION, None)
    path = link[1] if link and link[0] == user_id else ""
    url = request.build_absolute_uri(path) if path else ""
    return render(request, "customers/team_link.html", {"member": member, "url": url})


def _show_link(request: HttpRequest, user: User) -> HttpResponse:
    path = team.password_link(cast(User, request.user), user, timezone.now())
    request.session[LINK_IN_SESSION] = [user.pk, path]
    return redirect("team_link", user.pk)


def _ask(request: HttpRequest, member: User, fault: str) -> HttpResponse:
    return confirm.ask(
        request,
        _("Deactivate %(name)s?") % {"name": member},
        _("Nobody can sign in with this account any more, and open sessions end at once. What it did stays."),
        _("Deactivate"),
        reverse("team_edit", args=[member.pk]),
        fault=fault,
    )
