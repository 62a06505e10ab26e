"""Imports: a file, how to read it, how far it came, and what was refused."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ImportJob(models.Model):
    """One file being read. `position` is saved in each chunk's transaction, so a killed run goes on there."""

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        PRODUCTS = "products", _("Products")
        ORDERS = "orders", _("Orders")
        EVENTS = "events", _("Behaviour")
        CARTS = "carts", _("Carts")
        CONTACTS = "contacts", _("Contact list")

    class State(models.TextChoices):
        MAPPING = "mapping", _("to be mapped")
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("finished")
        FAILED = "failed", _("stopped")
        CANCELLED = "cancelled", _("cancelled")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.MAPPING)
    dry_run = models.BooleanField(_("dry run"), default=False)
    file_name = models.CharField(_("file"), max_length=200)
    path = models.CharField(max_length=500, editable=False)
    digest = models.CharField(max_length=64, editable=False, help_text="sha256 of the file")
    source = models.CharField(_("source"), max_length=80)
    options = models.JSONField(
        default=dict, help_text="encoding, delimiter, decimal, time zone, currency, mapping"
    )
    header = models.JSONField(default=list, db_default=[], help_text="the columns of the file")
    position = models.BigIntegerField(default=0, help_text="the last line of the file that is finished")
    lines = models.BigIntegerField(null=True, help_text="records in the file, once it was checked")
    imported = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="what was decided, and how often")
    fault = models.JSONField(
        default=dict, db_default={}, help_text="why it stopped: code and facts, see imports/reasons.py"
    )
    lease_until = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["digest"], name="import_digest")]

    def __str__(self) -> str:
        return self.file_name


class Rejection(models.Model):
    """A line that was refused, with the column and the reason; `cells` are the line's as they stood in the file.

    (`file_digest`, `file_line`) is where the line first came from: a corrected line keeps the place it had in the
    file that was refused, and is imported from there at most once (`resolved_by`).
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="rejections")
    line = models.BigIntegerField()
    column = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=40)
    value = models.CharField(max_length=200, blank=True)
    cells = models.JSONField(default=list, db_default=[])
    file_name = models.CharField(max_length=200, db_default="")
    file_digest = models.CharField(max_length=64, db_default="")
    file_line = models.BigIntegerField(db_default=0)
    resolved_by = models.ForeignKey(
        ImportJob, null=True, on_delete=models.SET_NULL, related_name="resolved", editable=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="rejection_once")]
        indexes = [models.Index(fields=["file_digest", "file_line"], name="rejection_origin")]

    def __str__(self) -> str:
        return f"{self.job_id}:{self.line} {self.reason}"


class ImportedOrder(models.Model):
    """An order that a job made, met again, or left as it was because it was known (`known`), and what the file
    says of it."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="orders", db_index=False)
    order = models.ForeignKey("customers.Order", on_delete=models.CASCADE, related_name="imports")
    created = models.BooleanField()
    known = models.BooleanField()
    lines = models.IntegerField()
    amount = models.BigIntegerField()
    first_line = models.BigIntegerField()
    last_line = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "order"], name="imported_order_once")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.order_id}"
