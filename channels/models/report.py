"""What providers reported, word for word."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models.message import Account


class ForgedReport(models.Model):
    """How many calls of a day came to a provider's door without its signature or secret. Nothing of them is kept.
    `account` where the door is one account's own."""

    provider = models.CharField(_("provider"), max_length=30)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="forged")
    day = models.DateField()
    count = models.IntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "day"], name="forged_once_a_day", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}: {self.count}"


class ProviderReport(models.Model):
    """One call of a provider whose signature was right. It is kept before it is heard, so it can be heard again.

    `key` is the SHA-256 of provider, content type and body: the same call is kept once. `address_keys` are the hashes
    of all addresses that it speaks of, so that erasure finds it (traces.py).
    """

    provider = models.CharField(_("provider"), max_length=30)
    key = models.CharField(max_length=64, unique=True)
    content_type = models.CharField(max_length=200)
    headers = models.JSONField(default=dict, help_text="those that its reader may look at")
    body = models.BinaryField()
    address_keys = ArrayField(models.CharField(max_length=64), default=list, db_default=[])
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    heard_at = models.DateTimeField(_("heard at"), null=True)
    tries = models.SmallIntegerField(db_default=0)
    fault = models.CharField(_("fault"), max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name = _("report of a provider")
        verbose_name_plural = _("reports of providers")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["received_at"], name="report_received"),
            models.Index(fields=["id"], name="report_waiting", condition=Q(heard_at__isnull=True)),
            GinIndex(fields=["address_keys"], name="report_addresses"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.pk}"


class BounceMailbox(models.Model):
    """How far the mailbox of an account has been read: `number` is the last mail of the series `validity` at `place`,
    as IMAP numbers them; `removing`, mails that are kept here and still have to go there; `counts`, mails by kind.
    `reading_until`: while somebody reads it."""

    account = models.OneToOneField(
        Account, primary_key=True, on_delete=models.CASCADE, related_name="bounces"
    )
    place = models.CharField(max_length=500, default="")
    validity = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0)
    removing = ArrayField(models.BigIntegerField(), default=list)
    counts = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    reading_until = models.DateTimeField(null=True)
    fault = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"bounces of {self.account_id}"
