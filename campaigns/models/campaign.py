"""Campaigns: an audience, a message, a time; what was approved; and the orders that came of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models import Delivery, DeliveryEvent, Message, MessageVersion
from customers.models import Order, Segment


class Campaign(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        WAITING = "waiting", _("waits for approval")
        SCHEDULED = "scheduled", _("Scheduled")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    class When(models.TextChoices):
        NOW = "now", _("at once")
        LATER = "later", _("at a set time")

    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="campaign")
    segment = models.ForeignKey(
        Segment,
        verbose_name=_("audience"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="campaigns",
    )
    exclusions = models.ManyToManyField(Segment, verbose_name=_("exclusions"), blank=True, related_name="+")
    # Empty in a draft until somebody has been through the step that asks for it.
    when = models.CharField(_("when"), max_length=8, choices=When, default=When.NOW)
    wall_time = models.DateTimeField(
        _("local time"),
        null=True,
        blank=True,
        help_text="the clock on the wall in `time_zone`, stored as if it were UTC",
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    attribution_days = models.SmallIntegerField(_("orders count for, in days after the click"), default=7)
    revision = models.IntegerField(default=0, help_text="counts edits, so that two editors notice each other")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("launch_campaign", "Can launch, pause, resume and cancel campaigns"),
            ("approve_campaign", "Can approve campaigns"),
        ]

    def __str__(self) -> str:
        return self.name


class Occurrence(models.Model):
    """One run of a campaign. Its id is `Delivery.occurrence`. Launch freezes the audience rule here."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        PLANNING = "planning", _("being planned")
        SENDING = "sending", _("being sent")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("cancelled")
        LATE = "late", _("too late, needs a decision")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="occurrences")
    wall_time = models.DateTimeField(help_text="the clock on the wall, stored as if it were UTC")
    due_at = models.DateTimeField()
    version = models.ForeignKey(MessageVersion, on_delete=models.PROTECT)
    rule = models.JSONField(help_text="the audience and the exclusions, as frozen at launch")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    planned_to = models.BigIntegerField(default=0, help_text="customers up to this id are planned")
    audience = models.BigIntegerField(null=True)
    approved = models.BooleanField(
        default=False, help_text="by a second person, or alone where there is none"
    )
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    launched_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "wall_time"], name="occurrence_once"),
            models.UniqueConstraint(
                fields=["campaign"],
                name="occurrence_one_open",
                condition=Q(state__in=["waiting", "planning", "sending", "late"]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="occurrence_open",
                condition=Q(state__in=["waiting", "planning", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.wall_time}"


class Approval(models.Model):
    """Somebody else's yes to this very content, audience, time and channel (`digest`); any edit voids it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="approvals")
    digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.digest[:8]}"


class DryRunReport(models.Model):
    """The dry run of a large audience: of the campaign as `digest` has it, at `counted_at` (None: not yet). A newer one
    is waited for since `asked_at`; a worker has had that since `started_at`, looked at `done` of `total`, and was last
    heard of at `told_at`. `failed`: the last one came to nothing."""

    campaign = models.OneToOneField(
        Campaign, primary_key=True, on_delete=models.CASCADE, related_name="dry_run_report"
    )
    digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    failed = models.BooleanField(default=False)
    counted_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.digest[:8]} {self.done}/{self.total}"


class Attribution(models.Model):
    """An order within the campaign's window after a click: the last click before `placed_at` has it.

    What it brought is read from the order and its refunds, so that corrections show at once.
    """

    order = models.OneToOneField(
        Order, primary_key=True, on_delete=models.CASCADE, related_name="attribution"
    )
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attributions")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="attributions")
    clicked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} by {self.campaign_id}"


class OrderToAttribute(models.Model):
    """Work rows: orders that a sweeper still has to look at."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, db_constraint=False)

    def __str__(self) -> str:
        return str(self.order_id)


class ClickToAttribute(models.Model):
    """Work rows: clicks whose orders a sweeper still has to look for."""

    event = models.ForeignKey(DeliveryEvent, on_delete=models.CASCADE, db_constraint=False)

    def __str__(self) -> str:
        return str(self.event_id)
