"""What somebody has entered into a builder and not saved yet."""

from django.conf import settings
from django.db import models


class FormDraft(models.Model):
    """The fields of the builder at the address `page`, as they would be posted: lists of values by name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="form_drafts", db_index=False
    )
    page = models.CharField(max_length=200)
    fields = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["page", "user"], name="form_draft_unique")]
        indexes = [models.Index(fields=["user", "updated_at"], name="form_draft_user")]

    def __str__(self) -> str:
        return self.page
