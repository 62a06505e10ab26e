"""The model admin: set-up and raw records, for administrators."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from customers.models import AuditEntry, Store, User

if TYPE_CHECKING:
    from django.db.models import Model

admin.site.unregister(Group)  # which the import of PlainGroupAdmin has registered


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]
    """Shown here, changed elsewhere or nowhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts change on the team page only, which keeps an administrator and writes the audit log."""

    list_display = ["email", "first_name", "last_name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "groups", "stores"]
    search_fields = ["email", "first_name", "last_name"]
    fields = [
        "email",
        "first_name",
        "last_name",
        "language",
        "is_active",
        "groups",
        "stores",
        "last_login",
        "on_page",
    ]

    @admin.display(description=_("Change"))
    def on_page(self, user: User) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>', reverse("team_edit", args=[user.pk]), _("Open on the team page")
        )


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin, PlainGroupAdmin):
    """Roles; their permissions stand in `config/roles.py`."""

    fields = ["name", "permissions"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("customers.view_user")

    def has_view_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        return request.user.has_perm("customers.view_user")


@admin.register(Store)
class StoreAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "number", "kind", "city", "country", "time_zone"]
    list_filter = ["kind", "country"]
    search_fields = ["name", "number", "city"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "user_label", "action", "subject_type", "subject_id"]
    list_filter = ["action"]
    show_full_result_count = False
    ordering = ["-at"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user")
