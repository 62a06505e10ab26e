"""Messages that a shop or till asks for, one person at a time: order confirmations, parcels, receipts."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models.message import Message, MessageVersion
from customers.models import ApiKey, Customer


class ServiceMessage(models.Model):
    """A message with a key by which shops ask for it. What goes out is `version`, whatever the draft says by now."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="service", editable=False)
    version = models.ForeignKey(
        MessageVersion, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    # Places such as "lines[].price" that the published texts read; a call without one of them is refused.
    wants = ArrayField(models.CharField(max_length=200), default=list, editable=False)
    sample = models.JSONField(_("example of the data"), default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("service message")
        verbose_name_plural = _("service messages")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceCall(models.Model):
    """One request to send it to somebody; its row id is the occurrence of its deliveries."""

    service = models.ForeignKey(
        ServiceMessage, verbose_name=_("message"), on_delete=models.PROTECT, related_name="calls"
    )
    reference = models.CharField(
        _("reference"),
        max_length=255,
        help_text="the caller's Idempotency-Key: sent once, whoever asks again",
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [models.UniqueConstraint(fields=["service", "reference"], name="service_call_once")]
        indexes = [models.Index(fields=["service", "-at"], name="service_call_at")]

    def __str__(self) -> str:
        return self.reference
