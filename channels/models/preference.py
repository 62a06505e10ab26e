"""How often and when a customer wants to be written to, and the evidence of each time she changed it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Frequency(models.TextChoices):
    ANY = "any", _("As often as there is something")
    WEEKLY = "weekly", _("At most once a week")
    MONTHLY = "monthly", _("At most once a month")


class Preference(models.Model):
    """One row per customer who chose something. Frequency and pause hold for marketing only, on all channels;
    `interests_confirmed_at`: when she last said that her interests are right."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="preference"
    )
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency, default=Frequency.ANY)
    paused_until = models.DateTimeField(_("pauses until"), null=True)
    interests_confirmed_at = models.DateTimeField(_("interests confirmed at"), null=True)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"preference of {self.customer_id}"


class PreferenceChange(models.Model):
    """One wish, as she stated it: append-only as consent is, by the same kind of trigger.

    `before` and `after` are lists of words; `evidence` as that of a consent.
    """

    class What(models.TextChoices):
        FREQUENCY = "frequency", _("frequency")
        PAUSE = "pause", _("pause")
        INTERESTS = "interests", _("interests")
        LANGUAGE = "language", _("language")
        CHANNEL = "channel", _("preferred channel")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="preference_changes")
    what = models.CharField(_("what"), max_length=10, choices=What)
    before = models.JSONField(_("before"), default=list)
    after = models.JSONField(_("after"), default=list)
    evidence = models.JSONField(_("evidence"), default=dict)
    at = models.DateTimeField(_("stated at"))

    class Meta:
        verbose_name = _("change of preferences")
        verbose_name_plural = _("changes of preferences")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.what} of {self.customer_id}"
