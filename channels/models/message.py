"""What is said: a Message, its Contents per channel x language x variant, and the frozen versions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from channels.models.consent import Channel, Topic, only_email
from channels.models.policy import CapClass, every_day


class Account(models.Model):
    """An account with a provider, spoken to by the backend of that key. Secrets come from the environment."""

    name = models.CharField(_("name"), max_length=80)
    backend = models.CharField(_("provider"), max_length=30)
    channel = models.CharField(_("channel"), max_length=12, choices=Channel, default=Channel.EMAIL)
    settings = models.JSONField(_("settings"), default=dict, blank=True, help_text=_("no secrets"))
    per_second = models.IntegerField(
        _("messages per second"), null=True, blank=True, help_text=_("empty: no limit")
    )
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    pause_reason = models.CharField(_("because"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")
        constraints = [models.UniqueConstraint(Lower("name"), name="account_name_once")]

    def __str__(self) -> str:
        return self.name


class Pace(models.Model):
    """How fast an account may be used: one token bucket for all workers, and the rest after a broken line."""

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="pace")
    tokens = models.FloatField(db_default=0)
    filled_at = models.DateTimeField(db_default=Now())
    failures = models.IntegerField(db_default=0, help_text="broken slices in a row")
    resting_until = models.DateTimeField(null=True)
    slow_since = models.DateTimeField(null=True, help_text="its provider answers late: one worker at a time")

    def __str__(self) -> str:
        return f"pace of {self.account_id}"


class Sender(models.Model):
    """Who a message is from."""

    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"))
    reply_to = models.EmailField(_("replies to"), blank=True)
    account = models.ForeignKey(Account, verbose_name=_("provider account"), on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class SendingDomain(models.Model):
    """What DNS said of a domain that we send from: `findings` are those of channels.domains, as lists. And how many of
    its last mails were reported as spam (channels.delivery.complaints); `hold`: marketing from it waits."""

    class Hold(models.TextChoices):
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")

    name = models.CharField(max_length=253, unique=True)
    selectors = models.CharField(
        _("DKIM selectors"),
        max_length=300,
        blank=True,
        help_text=_("The part before ._domainkey at your provider; several by comma."),
    )
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)
    complaints = models.IntegerField(default=0, db_default=0)
    mails = models.IntegerField(default=0, db_default=0)
    counted_at = models.DateTimeField(null=True)
    hold = models.CharField(max_length=8, choices=Hold, blank=True, default="", db_default="")
    held_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True, help_text="mails before that do not count any more")

    class Meta:
        verbose_name = _("sending domain")
        verbose_name_plural = _("sending domains")
        ordering = ["name"]
        permissions = [("release_sendingdomain", "Can let marketing go on after complaints")]

    def __str__(self) -> str:
        return self.name

    @property
    def selector_list(self) -> tuple[str, ...]:
        return tuple(part for each in self.selectors.split(",") if (part := each.strip()))


class Brand(models.Model):
    """How messages look, and the legal notice that marketing mail must carry. One row (`Brand.current()`)."""

    colour = models.CharField(_("colour"), max_length=7, default="#0f766e")
    logo = models.CharField(_("logo"), max_length=500, blank=True, help_text=_("address of a picture"))
    imprint = models.JSONField(_("legal notice per language"), default=dict, help_text=_("plain text"))
    fallback_language = models.CharField(_("language if hers is missing"), max_length=10, default="de")

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brand")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="brand_is_one_row")]

    def __str__(self) -> str:
        return str(_("Brand"))

    @classmethod
    def current(cls) -> "Brand":
        return cls.objects.get_or_create(pk=1)[0]


class Message(models.Model):
    """What is said, to a purpose, under a policy. Owned by one campaign, journey step or service call,
    which refers to it; `Delivery.occurrence` is that owner's row id."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        SERVICE = "service", _("Service")

    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose, default=Purpose.MARKETING)
    topic = models.ForeignKey(Topic, verbose_name=_("topic"), null=True, blank=True, on_delete=models.PROTECT)
    sender = models.ForeignKey(
        Sender, verbose_name=_("sender"), null=True, blank=True, on_delete=models.PROTECT
    )
    channels = ArrayField(
        models.CharField(max_length=12),
        verbose_name=_("channels"),
        default=only_email,
        help_text="in the order in which they are tried",
    )
    unread_after = models.DurationField(
        _("next channel if unread after"), null=True, blank=True, help_text=_("empty: never")
    )
    priority = models.SmallIntegerField(_("priority"), default=5, help_text=_("0 goes first"))
    expires_after = models.DurationField(
        _("expires after"), null=True, blank=True, help_text=_("empty: as the delivery policy says")
    )
    cap_class = models.CharField(
        _("counts as"), max_length=12, choices=CapClass, default=CapClass.CAMPAIGN, db_default="campaign"
    )
    allowed_days = ArrayField(
        models.SmallIntegerField(),
        verbose_name=_("days"),
        null=True,
        blank=True,
        help_text=_("empty: as the delivery policy says"),
    )
    any_time = models.BooleanField(
        _("also in quiet hours"), default=False, db_default=False, help_text=_("for service messages only")
    )
    best_time = models.BooleanField(
        _("at each person's best time"), default=False, db_default=False, help_text=_("within a day")
    )
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(
        max_length=300,
        blank=True,
        db_default="",
        editable=False,
        help_text="filled when we paused it ourselves",
    )
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    locked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="launched: its contents stay as they are"
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(any_time=False) | Q(purpose="service"), name="message_any_time_for_service"
            ),
            models.CheckConstraint(
                condition=Q(allowed_days__isnull=True)
                | (Q(allowed_days__len__gt=0) & Q(allowed_days__contained_by=every_day())),
                name="message_some_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Content(models.Model):
    """A draft in one channel, language and variant. `blocks`: a list of `{"id", "kind", ...fields}`."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="contents")
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.EMAIL)
    language = models.CharField(_("language"), max_length=10)
    variant = models.CharField(max_length=10, default="A")
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    preheader = models.CharField(_("preview text"), max_length=300, blank=True)
    blocks = models.JSONField(default=list)
    options = models.JSONField(
        default=dict, db_default={}, help_text="the channel's own fields, as its format's form cleans them"
    )
    revision = models.IntegerField(default=0, help_text="counts edits, so that two editors notice each other")
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ["language", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["message", "channel", "language", "variant"], name="content_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.language} {self.variant}"


class MessageVersion(models.Model):
    """A frozen message: what launch froze and approval binds to. Never changed."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    digest = models.CharField(
        max_length=64, help_text="sha256 over all contents, sender, topic and legal notice"
    )
    sender_name = models.CharField(max_length=80)
    sender_email = models.EmailField()
    reply_to = models.EmailField(blank=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    routes = models.JSONField(
        default=list, help_text="[channel, account id] in the message's order; empty: e-mail by `account`"
    )
    fallback_language = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.message_id} v{self.number}"


class VersionContent(models.Model):
    """One compiled content: Liquid templates with link places, ready to be rendered for a person."""

    version = models.ForeignKey(MessageVersion, on_delete=models.CASCADE, related_name="contents")
    channel = models.CharField(max_length=12, choices=Channel)
    language = models.CharField(max_length=10)
    variant = models.CharField(max_length=10)
    subject = models.TextField()
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    parts = models.JSONField(
        default=dict, db_default={}, help_text="what else the channel shows; each text in it is a template"
    )
    fields = models.JSONField(default=list, help_text="keys of the merge fields used")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "channel", "language", "variant"], name="version_content_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.channel} {self.language} {self.variant}"


class Link(models.Model):
    """A target in a frozen content. Clicks go through a signed token that names this row, never a URL."""

    content = models.ForeignKey(VersionContent, on_delete=models.CASCADE, related_name="links")
    position = models.IntegerField()
    url = models.TextField(help_text="a Liquid template; http or https")
    label = models.CharField(max_length=200, blank=True)
    anonymous_clicks = models.BigIntegerField(default=0, help_text="by people without tracking consent")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content", "position"], name="link_once")]

    def __str__(self) -> str:
        return self.url
