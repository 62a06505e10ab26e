"""What the product keeps about its own use: saved views of lists and the audit log."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A reader's name for a list with its search, filters and order; `query` is the query string."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_unique")]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who did what to which thing, and when. The database refuses to change or delete a row.

    `detail` names fields and counts, never a customer's data: nothing can be erased here. `user_label` is
    kept beside the account, so an entry stays readable; an account with entries can only be deactivated.
    """

    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    user_label = models.CharField(_("user"), max_length=254, blank=True)
    action = models.CharField(_("action"), max_length=60)
    subject_type = models.CharField(_("subject"), max_length=60, blank=True)
    subject_id = models.CharField(max_length=60, blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["subject_type", "subject_id", "at"], name="audit_subject"),
            models.Index(fields=["user", "at"], name="audit_user"),
            models.Index(fields=["action", "at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}".strip()
