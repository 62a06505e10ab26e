"""The journal of erasures: it proves that somebody was erased, and repeats it after a backup was restored."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Erasure(models.Model):
    """One person who was erased. Append-only; it names nobody.

    `key` is the customer's own, which a restored backup still has; `hashes` are the keyed hashes of her addresses
    (customers/addresses.py); `counts` says what was erased or emptied, and how many rows.
    """

    class By(models.TextChoices):
        CUSTOMER = "customer", _("the customer herself")
        STAFF = "staff", _("staff, for the customer")
        REPLAY = "replay", _("again, after a backup was restored")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    key = models.UUIDField()
    hashes = ArrayField(models.CharField(max_length=64), verbose_name=_("hashes of addresses"))
    by = models.CharField(_("asked by"), max_length=10, choices=By)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("asked at"))
    at = models.DateTimeField(_("erased at"))
    counts = models.JSONField(_("what"), default=dict)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["key"], name="erasure_key"),
            GinIndex(fields=["hashes"], name="erasure_hashes"),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.customer_id}"
