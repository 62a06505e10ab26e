"""Posts on social networks: one text with its variations (a group), and one post for each account that carries it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class SocialNetwork(models.TextChoices):
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    X = "x", "X"
    PINTEREST = "pinterest", "Pinterest"


class SocialAccount(models.Model):
    """A page, a profile or a board that we post to. Its secrets come from the environment."""

    network = models.CharField(_("network"), max_length=12, choices=SocialNetwork)
    name = models.CharField(_("name"), max_length=80)
    sandbox = models.BooleanField(
        _("sandbox"),
        default=False,
    )
    settings = models.JSONField(_("settings"), default=dict, blank=True, help_text=_("no secrets"))
    token_expires_on = models.DateField(_("access ends on"), null=True, blank=True)
    page_name = models.CharField(
        max_length=200, blank=True, help_text="what the network called it at the last test"
    )
    tested_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, editable=False)
    pause_code = models.CharField(
        max_length=20, blank=True, help_text="why we paused it; empty: a person did"
    )
    pause_reason = models.CharField(_("because"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("social account")
        verbose_name_plural = _("social accounts")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="social_account_name_once")]

    def __str__(self) -> str:
        return self.name


class SocialPostGroup(models.Model):
    """What is said, and when, on all networks that have no variation of their own."""

    name = models.CharField(_("name"), max_length=120)
    text = models.TextField(_("text"), blank=True)
    title = models.CharField(_("title"), max_length=200, blank=True)
    link = models.TextField(_("link"), blank=True)
    picture = models.TextField(_("picture"), blank=True)
    alt = models.CharField(_("picture in words"), max_length=500, blank=True)
    wall_time = models.DateTimeField(
        null=True, help_text="the clock on the wall in `time_zone`, stored as if UTC"
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    utm_campaign = models.CharField(_("campaign in the shop's statistics"), max_length=120, blank=True)
    revision = models.IntegerField(default=0, help_text="counts edits, so that two editors notice each other")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        return self.name


class SocialPost(models.Model):
    """The post of one account. What it says stands here in full: it stays when the group is edited for the others."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        CALLING = "calling", _("being posted")
        POSTED = "posted", _("Posted")
        UNKNOWN = "unknown", _("unknown")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("Cancelled")

    group = models.ForeignKey(SocialPostGroup, on_delete=models.CASCADE, related_name="posts")
    account = models.ForeignKey(SocialAccount, on_delete=models.PROTECT, related_name="posts")
    own_text = models.BooleanField(default=False, help_text="its text is a variation of its own")
    own_time = models.BooleanField(default=False, help_text="its time is its own")
    text = models.TextField(blank=True)
    title = models.CharField(max_length=200, blank=True)
    link = models.TextField(blank=True)
    picture = models.TextField(blank=True)
    alt = models.CharField(max_length=500, blank=True)
    wall_time = models.DateTimeField(
        null=True, help_text="the clock on the wall in `time_zone`, stored as if UTC"
    )
    time_zone = models.CharField(max_length=40, default="Europe/Berlin")
    due_at = models.DateTimeField(_("when"), null=True)
    not_before = models.DateTimeField(null=True, help_text="of the next try")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=20, blank=True)
    detail = models.CharField(max_length=300, blank=True, help_text="the network's words")
    field = models.CharField(max_length=10, blank=True, help_text="what the network does not take")
    tries = models.SmallIntegerField(db_default=0, default=0)
    prepared = models.CharField(
        max_length=120, blank=True, help_text="what the network made ready, not public yet"
    )
    provider_id = models.CharField(max_length=120, blank=True)
    permalink = models.TextField(blank=True)
    called_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.IntegerField(db_default=0, default=0)
    looks = models.SmallIntegerField(
        db_default=0, default=0, help_text="look-ups in a row that settled nothing"
    )
    absences = models.SmallIntegerField(
        db_default=0, default=0, help_text="look-ups in a row that did not find it"
    )
    look_at = models.DateTimeField(
        null=True, help_text="of the next look-up; null: a person has to settle it"
    )
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        permissions = [("publish_socialpost", "Can schedule, post and cancel posts")]
        constraints = [models.UniqueConstraint(fields=["group", "account"], name="social_post_once")]
        indexes = [
            models.Index(fields=["due_at"], name="social_post_due", condition=Q(state="scheduled")),
            models.Index(
                fields=["state"], name="social_post_open", condition=Q(state__in=["calling", "unknown"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} ({self.account})"

    @property
    def is_open(self) -> bool:
        """Whether it may still be edited."""
        return self.state in (self.State.DRAFT, self.State.SCHEDULED, self.State.FAILED)


class SocialClicks(models.Model):
    """How often the link of a post was followed on a day. Nobody is known by it."""

    post = models.ForeignKey(SocialPost, on_delete=models.CASCADE, related_name="clicks")
    day = models.DateField()
    people = models.BigIntegerField(db_default=0, default=0)
    machines = models.BigIntegerField(db_default=0, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "day"], name="social_clicks_once")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.day}"
