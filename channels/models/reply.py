"""What people write back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models.consent import Channel
from channels.models.message import Account
from customers.models import Customer


class Reply(models.Model):
    """One message from a person to us. What a keyword settles is done at once; a free text waits for a human.

    `address_key` outlives the person's erasure; `sender` and `text` do not. `account` says which number she wrote to.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("message")
        STOP = "stop", _("stop")
        HELP = "help", _("help")
        START = "start", _("start again")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="replies")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    provider_id = models.CharField(max_length=64, unique=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), null=True, on_delete=models.PROTECT, related_name="replies"
    )
    sender = models.CharField(_("from"), max_length=40, blank=True)
    address_key = models.CharField(max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    text = models.TextField(_("text"), blank=True)
    media = models.SmallIntegerField(_("attachments"), default=0, db_default=0)
    at = models.DateTimeField(_("received at"), db_default=Now())
    answered_at = models.DateTimeField(null=True, help_text="when we answered by ourselves")
    done_at = models.DateTimeField(_("done at"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("done by"), null=True, on_delete=models.SET_NULL
    )

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["-at", "-id"], name="reply_newest"),
            models.Index(fields=["-at", "-id"], name="reply_open", condition=Q(done_at__isnull=True)),
            models.Index(fields=["account", "address_key", "-at"], name="reply_window"),
            models.Index(fields=["address_key"], name="reply_of_nobody", condition=Q(customer__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.pk}"
