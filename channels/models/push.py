"""Browsers that take push messages, and the keys that we sign with."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Visitor


class VapidKey(models.Model):
    """A key pair by which push services know us (RFC 8292). New browsers subscribe with the active one; a retired one
    signs for those that still hold it. `sealed`: the private half, encrypted (push/keys.py); "" once destroyed."""

    public = models.CharField(_("public key"), max_length=88, unique=True)
    sealed = models.TextField(blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("made at"), db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, verbose_name=_("made by")
    )
    retired_at = models.DateTimeField(_("retired at"), null=True)

    class Meta:
        verbose_name = _("push key")
        verbose_name_plural = _("push keys")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["active"], condition=Q(active=True), name="vapid_key_active_once")
        ]

    def __str__(self) -> str:
        return f"{self.public[:12]}…"


class PushWording(models.Model):
    """The shop's own words of the question that comes before the browser's, as they were saved. The newest of a
    language holds; without a title, ours hold again. Rows stay: consents name the one that was agreed to."""

    LONGEST = {"title": 60, "text": 200, "yes": 30, "no": 30}

    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("question"), max_length=LONGEST["title"], blank=True)
    text = models.CharField(_("text"), max_length=LONGEST["text"], blank=True)
    yes = models.CharField(_("button for yes"), max_length=LONGEST["yes"], blank=True)
    no = models.CharField(_("button for no"), max_length=LONGEST["no"], blank=True)
    saved_at = models.DateTimeField(_("saved"), db_default=Now())
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("saved by"),
    )

    class Meta:
        verbose_name = _("words of the push question")
        verbose_name_plural = _("words of the push question")
        default_permissions = ()
        indexes = [models.Index(fields=["language", "-id"], name="push_wording_newest")]

    def __str__(self) -> str:
        return f"{self.language}: {self.title}"


class PushSubscription(models.Model):
    """One browser's permission to be written to. `endpoint` is where its push service takes messages, a secret;
    it is emptied, with the keys, when the subscription ends, and known by its keyed hash from then on.

    `address` is the name that all live browsers of one owner have in common: what `Reach` holds for the channel.
    `evidence` is what she was asked when she agreed, at `asked_at`.
    """

    class Reason(models.TextChoices):
        GONE = "gone", _("the browser has ended it")
        REFUSED = "refused", _("refused again and again")
        REPLACED = "replaced", _("replaced by a newer one")
        REMOVED = "removed", _("switched off")

    endpoint_key = models.CharField(max_length=64)
    endpoint = models.TextField(blank=True)
    p256dh = models.CharField(max_length=88, blank=True)
    auth = models.CharField(max_length=24, blank=True)
    vapid_key = models.ForeignKey(
        VapidKey, on_delete=models.PROTECT, related_name="subscriptions", db_index=False
    )
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.CASCADE, related_name="push_subscriptions", db_index=False
    )
    visitor = models.ForeignKey(
        Visitor, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    address = models.CharField(max_length=40, blank=True, db_default="")
    browser = models.CharField(_("browser"), max_length=60, blank=True, db_default="")
    evidence = models.JSONField(default=dict, db_default={})
    asked_at = models.DateTimeField(_("agreed at"), null=True)
    created_at = models.DateTimeField(_("since"), db_default=Now())
    renewed_at = models.DateTimeField(_("last seen"), db_default=Now())
    last_success_at = models.DateTimeField(_("last message taken"), null=True)
    failures = models.SmallIntegerField(_("refusals in a row"), default=0, db_default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    reason = models.CharField(_("because"), max_length=10, choices=Reason, blank=True, db_default="")

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["endpoint_key"], name="push_endpoint_once")]
        # Few, since each message taken writes its row; none on what that changes, so that it stays in its place.
        indexes = [
            models.Index(
                fields=["address"], name="push_address", condition=Q(ended_at=None) & ~Q(address="")
            ),
            models.Index(fields=["customer"], name="push_customer", condition=Q(customer__isnull=False)),
            models.Index(fields=["visitor"], name="push_visitor", condition=Q(visitor__isnull=False)),
            models.Index(fields=["user"], name="push_user", condition=Q(user__isnull=False)),
            models.Index(fields=["ended_at"], name="push_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"push {self.pk}"
