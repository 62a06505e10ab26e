"""What the product keeps about its own use: saved views of lists, the audit log, keys of the API."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
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


class ApiKey(models.Model):
    """A key of the API. Only `hash` is kept of a secret key (SHA-256: it is 256 random bits); `prefix` tells it apart.

    A browser key is public by nature: `prefix` is all of it, it may do little, and its pages must come from `origins`.
    `source` is what its customer, order and cart numbers belong to. A key that is being replaced works on until
    `expires_at`.
    """

    class Kind(models.TextChoices):
        SERVER = "server", _("Server")
        BROWSER = "browser", _("Browser")
        TILL = "till", _("Till")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(_("source"), max_length=80)
    prefix = models.CharField(_("key"), max_length=16)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("may"), default=list)
    origins = ArrayField(
        models.CharField(max_length=200), verbose_name=_("web addresses"), default=list, blank=True
    )
    store = models.ForeignKey(
        "customers.Store", verbose_name=_("store"), null=True, blank=True, on_delete=models.CASCADE
    )
    replaces = models.ForeignKey("self", null=True, blank=True, editable=False, on_delete=models.SET_NULL)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    expires_at = models.DateTimeField(_("works until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A write from outside that carried a key: the same key gets the same answer, and the effect stays one.

    The row commits with the effect. `request_hash` is of method, path and body: another request under a used key is
    refused.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.IntegerField()
    answer = models.JSONField(encoder=DjangoJSONEncoder)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["at"], name="idempotency_key_at")]

    def __str__(self) -> str:
        return self.key
