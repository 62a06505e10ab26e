"""A customer asks for her data, or for being forgotten: a link that is sent to her address proves that it is she."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class DataRequest(models.Model):
    """A worker mails its link, which works once and for an hour. Only the token's hash is stored.

    `withheld` says why no mail went out (bad_address, late).
    """

    class Kind(models.TextChoices):
        DOWNLOAD = "download", _("download")
        ERASE = "erase", _("erasure")

    kind = models.CharField(max_length=10, choices=Kind)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="data_requests")
    language = models.CharField(max_length=10)
    address_key = models.CharField(max_length=64, help_text="the link works for this address only")
    client = models.CharField(max_length=64, blank=True, db_default="", help_text="who asked, for the limits")
    token_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 (none before it is mailed)
    asked_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, help_text="a worker may be mailing it until then")
    mailed_at = models.DateTimeField(null=True)
    withheld = models.CharField(max_length=12, blank=True, db_default="")
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="data_request_waiting",
                condition=Q(mailed_at__isnull=True, withheld=""),
            ),
            models.Index(fields=["address_key", "asked_at"], name="data_request_address"),
            models.Index(fields=["client", "asked_at"], name="data_request_client"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
