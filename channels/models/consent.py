"""Is it allowed (Consent), is it forbidden (Suppression), does the address work (Reach): three facts."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    PUSH = "push", _("Push message")
    IN_APP = "in_app", _("In the shop")


def only_email() -> list[str]:
    return [Channel.EMAIL.value]


class Topic(models.Model):
    """What people can say yes or no to, such as the newsletter."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    names = models.JSONField(_("name per language"), default=dict)
    position = models.IntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.name_in("de")

    def name_in(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), self.key)


class Purpose(models.TextChoices):
    SENDING = "sending", _("Sending")
    TRACKING = "tracking", _("Tracking")


class Consent(models.Model):
    """One statement in the append-only ledger. The newest one of (customer, channel, topic, purpose) counts;
    a statement without topic covers all topics of the channel. A database trigger refuses changes.

    `evidence`: wording version, form, source, ip, token hash, times; what a court would want to see.
    """

    class State(models.TextChoices):
        GRANTED = "granted", _("granted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Basis(models.TextChoices):
        DOUBLE_OPT_IN = "double_opt_in", _("confirmed by e-mail")
        EXISTING_CUSTOMER = "existing_customer", _("existing customer")
        STATED = "stated", _("stated by the customer")
        IMPORT = "import", _("import")
        STAFF = "staff", _("entered by staff")
        DEMO = "demo", _("demo")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT)
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.SENDING)
    state = models.CharField(_("state"), max_length=10, choices=State)
    basis = models.CharField(_("basis"), max_length=20, choices=Basis)
    evidence = models.JSONField(_("evidence"), default=dict)
    stated_at = models.DateTimeField(_("stated at"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["customer", "channel", "purpose", "-stated_at", "-id"], name="consent_newest"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state} {self.customer_id}"


class Permission(models.Model):
    """The ledger's newest word per (customer, channel, topic, purpose): a cache that the ledger can prove."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="permissions")
    channel = models.CharField(max_length=12, choices=Channel)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=10, choices=Purpose)
    granted = models.BooleanField()
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "purpose", "topic"],
                name="permission_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "purpose", "topic", "customer"],
                name="permission_granted",
                condition=models.Q(granted=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel} {self.granted}"


class OptIn(models.Model):
    """A double opt-in that waits for its click. A worker mails it; only the token's hash is stored.

    `address` is emptied when it is confirmed or too old: a request that nobody confirmed leaves nothing behind.
    `withheld` says why no mail went out (capped, suppressed, bad_address, late).
    """

    token_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 (none before it is mailed)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE)
    channel = models.CharField(max_length=12, choices=Channel)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE)
    language = models.CharField(max_length=10)
    address = models.CharField(max_length=254, blank=True)
    address_key = models.CharField(max_length=64)
    mailbox_key = models.CharField(max_length=64, help_text="as address_key, without +tag: for the limits")
    evidence = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, help_text="when a provider took the mail")
    claimed_until = models.DateTimeField(null=True, help_text="a worker may be mailing it until then")
    withheld = models.CharField(max_length=12, blank=True, db_default="")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="opt_in_waiting",
                condition=models.Q(mailed_at__isnull=True, withheld=""),
            ),
            models.Index(
                fields=["mailbox_key", "mailed_at"],
                name="opt_in_mailed",
                condition=models.Q(mailed_at__isnull=False),
            ),
            models.Index(fields=["mailed_at"], name="opt_in_recent"),
        ]

    def __str__(self) -> str:
        return f"opt-in {self.pk}"


class Suppression(models.Model):
    """An address that must not be written to, as a keyed hash, so that it outlives the person's erasure."""

    class Reason(models.TextChoices):
        OBJECTION = "objection", _("objection")
        COMPLAINT = "complaint", _("complaint as spam")
        BOUNCE = "bounce", _("address does not exist")
        STAFF = "staff", _("entered by staff")

    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    address_key = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    source = models.CharField(_("source"), max_length=80, blank=True)
    at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint(fields=["channel", "address_key"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class Reach(models.Model):
    """One row per customer and channel that she has an address for: what sending locks, always in id order.

    `address_key` is the keyed hash of `address`, so that SQL can compare with suppressions (see
    suppression.py). It holds while `address` is what the customer's row says; `suppression.refresh_keys`
    makes missing rows and mends stale ones.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="reach")
    channel = models.CharField(max_length=12, choices=Channel)
    address = models.CharField(max_length=254, blank=True, db_default="")
    address_key = models.CharField(max_length=64, blank=True, db_default="")
    preferred = models.BooleanField(
        default=False, db_default=False, help_text="she has said that she likes to be reached here"
    )
    soft_bounces = models.SmallIntegerField(db_default=0, help_text="in a row, see delivery/bounces.py")
    bounced_at = models.DateTimeField(null=True, help_text="the last of them")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "channel"], name="reach_once")]
        indexes = [models.Index(fields=["channel", "address_key"], name="reach_address")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel}"
