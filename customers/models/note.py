"""What staff write down about a customer."""

from django.conf import settings
from django.db import models
from django.db.models import lookups
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer

MOST = 2_000


class Note(models.Model):
    """Plain text by a member of staff, at most MOST characters. It belongs to the person and goes with her data."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes", db_index=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    text = models.TextField(_("note"))
    pinned = models.BooleanField(_("pinned"), default=False, db_default=False)
    created_at = models.DateTimeField(_("written at"))
    changed_at = models.DateTimeField(_("changed at"), null=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        default_permissions = ("view", "add", "delete")
        constraints = [
            models.CheckConstraint(
                condition=lookups.GreaterThan(Length("text"), 0)
                & lookups.LessThanOrEqual(Length("text"), MOST),
                name="note_length",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "created_at", "id"], name="note_customer"),
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"
