"""Who gets what: one Delivery per person, sent or not, with the reason. The rows are the queue."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from channels.models.consent import Channel
from channels.models.message import Account, Link, Message, MessageVersion
from customers.models import Customer

# She has it, or may have it.
REACHED = ("calling", "accepted", "delivered", "complained", "unknown")
REACHED_SQL = str(REACHED)


class Batch(models.Model):
    """At most 1,000 due deliveries of one account and priority, worked on under a lease and a fence.

    Claimed with SKIP LOCKED; each claim raises `fence`; leases are on database time. `packed`: the ids of its
    deliveries until it is done. A delivery itself says nothing of it before it is called, since each change of one
    costs an entry in all of its indexes.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    priority = models.SmallIntegerField()
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)
    packed = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    worker = models.CharField(
        max_length=80, blank=True, db_default="", help_text="host:process that claimed it"
    )
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["priority", "id"], name="batch_open", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Delivery(models.Model):
    """One person's place in one message's occurrence. After `accepted` states only rise in rank."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        CALLING = "calling", _("being sent")
        ACCEPTED = "accepted", _("sent")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")
        WITHHELD = "withheld", _("not sent")
        REFUSED = "refused", _("refused")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        RENDER_ERROR = "render_error", _("faulty content")
        UNKNOWN = "unknown", _("unknown")

    # Each sending changes a row twice, and its state is indexed: keys have no index but those named below.
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    occurrence = models.BigIntegerField()
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    attempt = models.SmallIntegerField(default=0, db_default=0)
    version = models.ForeignKey(MessageVersion, on_delete=models.PROTECT, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False)
    channel = models.CharField(max_length=12, choices=Channel)
    language = models.CharField(max_length=10)
    variant = models.CharField(max_length=10, db_default="A")
    arm = models.CharField(max_length=10, blank=True, db_default="")
    state = models.CharField(max_length=12, choices=State, default=State.PLANNED, db_default="planned")
    reason = models.CharField(
        max_length=30, blank=True, db_default="", help_text="why it waits, or why it ended so"
    )
    priority = models.SmallIntegerField(db_default=5)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, db_index=False, help_text="in which it was called"
    )
    tries = models.SmallIntegerField(db_default=0, help_text="calls that the line failed")
    tracked = models.BooleanField(db_default=False, help_text="tracking consent at the moment of sending")
    address_key = models.CharField(max_length=64, blank=True, db_default="")
    provider_id = models.CharField(max_length=120, blank=True, db_default="")
    context = models.JSONField(db_default={}, help_text="ids of cart, order, product, code")
    detail = models.CharField(
        max_length=300, blank=True, db_default="", help_text="the provider's answer, shortened"
    )
    planned_at = models.DateTimeField(db_default=Now())
    called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "occurrence", "customer", "attempt"], name="delivery_once"
            ),
            models.UniqueConstraint(
                fields=["address_key", "message", "occurrence", "channel"],
                condition=Q(state__in=["calling", "accepted", "delivered", "unknown"]) & ~Q(address_key=""),
                name="delivery_address_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "priority", "due_at", "id"],
                include=["message"],  # a paused message's rows are passed over without being read
                name="delivery_due",
                # Of the batch it is always true; it keeps the planner from walking through all that waits for the rows
                # of somebody, where its statistics know of none yet (`delivery_waiting`).
                condition=Q(state="planned", batch__isnull=True),
            ),
            models.Index(
                fields=["expires_at"],
                name="delivery_expiry",
                condition=Q(state="planned", expires_at__isnull=False),
            ),
            models.Index(
                fields=["message", "occurrence"], name="delivery_later_attempt", condition=Q(attempt__gt=0)
            ),
            models.Index(fields=["batch", "id"], name="delivery_batch", condition=Q(state="calling")),
            models.Index(fields=["message", "occurrence", "state", "reason"], name="delivery_outcome"),
            # Her messages by when they were sent, else ended, else are due (campaigns/customer_panels/messages.py).
            models.Index(
                "customer", Coalesce("called_at", "ended_at", "due_at"), "id", name="delivery_customer"
            ),
            # What the frequency cap counts, and what else waits for the same person (arbiter/contacts.py).
            # That the time is there is said for the planner's sake: in a shop's first large run its statistics call
            # this index empty, and whoever asks for an address would be led through it (arbiter.facts.TAKEN).
            models.Index(
                fields=["customer", "called_at"],
                name="delivery_reached",
                condition=Q(state__in=REACHED, called_at__isnull=False),
            ),
            models.Index(fields=["customer"], name="delivery_waiting", condition=Q(state="planned")),
            # The messages of the last days among those of years (segment_conditions/engagement.py). Rows lie nearly in
            # the order of this time, so an index by blocks finds them, and costs sending next to nothing.
            BrinIndex(Coalesce("called_at", "ended_at"), name="delivery_when", autosummarize=True),
            models.Index(fields=["provider_id"], name="delivery_provider", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"


class DeliveryEvent(models.Model):
    """What happened to a delivery afterwards. `key` makes each fact count once, however often reported."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")
        OPENED = "opened", _("opened")
        CLICKED = "clicked", _("clicked")
        DISMISSED = "dismissed", _("dismissed")
        OPTED_OUT = "opted_out", _("opted out")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    link = models.ForeignKey(Link, null=True, on_delete=models.SET_NULL)
    human = models.BooleanField(default=True, db_default=True)
    key = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict, db_default={})

    class Meta:
        indexes = [
            models.Index(fields=["delivery", "kind", "at"], name="event_delivery"),
            models.Index(fields=["kind", "at"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"


class SandboxMail(models.Model):
    """A message that the sandbox provider took: a mail is `raw`, any other channel's is `text` and `parts`."""

    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.EMAIL, db_default="email")
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=998)
    raw = models.BinaryField(default=b"", db_default=b"")
    text = models.TextField(blank=True, db_default="")
    parts = models.JSONField(default=dict, db_default={})
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["channel", "-at"], name="sandbox_at"),
            models.Index(fields=["recipient"], name="sandbox_to"),
        ]

    def __str__(self) -> str:
        return self.subject
