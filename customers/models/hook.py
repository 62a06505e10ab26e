"""Outgoing webhooks: where facts are told, and the calls that tell them (docs/webhooks.md)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Hook(models.Model):
    """A receiver of facts: an address of the shop's and the kinds that are told there.

    `secret` is sealed (config/vault.py), since it must sign; a replaced one signs too until `former_until`. While it
    is paused, calls are kept for some days. `failures` are calls in vain in a row since `failing_since`; after one the
    receiver rests. Who has the lease calls, nobody else.
    """

    class Pause(models.TextChoices):
        NONE = "", _("not paused")
        BY_HAND = "by_hand", _("by hand")
        FAILING = "failing", _("nothing gets through")
        GONE = "gone", _("receiver wants no more")
        SECRET = "secret", _("secret is lost")

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("facts"), default=list)
    secret = models.TextField(editable=False)
    former_secret = models.TextField(blank=True, default="", db_default="", editable=False)
    former_until = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(_("last delivered"), null=True, editable=False)
    paused_at = models.DateTimeField(_("paused since"), null=True, editable=False)
    pause_reason = models.CharField(
        _("because"), max_length=10, choices=Pause, blank=True, default="", db_default="", editable=False
    )
    failures = models.IntegerField(db_default=0, default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        default_permissions = ("change",)
        constraints = [models.UniqueConstraint(Lower("name"), name="hook_name_once")]

    def __str__(self) -> str:
        return self.name


class HookCall(models.Model):
    """One fact for one hook: a row of the outbox, written in the fact's transaction. `event` is the id that stays the
    same however often it is sent, `cause` the row that the fact is of; tests have none.

    It is sent at `due_at`, or again then; empty: it was delivered, or given up after `gives_up_at`.
    """

    class Detail(models.TextChoices):
        ANSWERED = "", _("answered")
        SILENT = "silent", _("no answer in time")
        UNREACHED = "unreached", _("server not reached")
        FORBIDDEN = "forbidden", _("address not allowed")

    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="calls", db_index=False)
    event = models.UUIDField(_("webhook-id"))
    kind = models.CharField(_("fact"), max_length=40)
    cause = models.BigIntegerField(null=True)
    # Of whom it tells, so that it goes with her. Thousands are written at once, so no key is checked per row.
    customer = models.ForeignKey(
        Customer,
        null=True,
        on_delete=models.CASCADE,
        related_name="hook_calls",
        db_index=False,
        db_constraint=False,
    )
    body = models.JSONField()
    created_at = models.DateTimeField(_("happened"))
    due_at = models.DateTimeField(null=True)
    gives_up_at = models.DateTimeField()
    attempts = models.SmallIntegerField(_("attempts"), db_default=0, default=0)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    status = models.SmallIntegerField(_("answer"), null=True)
    detail = models.CharField(max_length=10, choices=Detail, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("call of a webhook")
        verbose_name_plural = _("calls of webhooks")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["event", "hook"], name="hook_call_once")]
        indexes = [
            models.Index(
                fields=["hook", "id"],
                include=["due_at"],
                name="hook_call_due",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(fields=["hook", "-id"], name="hook_call_newest"),
            models.Index(fields=["created_at"], name="hook_call_old"),
            models.Index(fields=["customer"], name="hook_call_customer", condition=Q(customer__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event}"
