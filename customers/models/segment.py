"""Segments: a stored rule that says who belongs, who does, who came and went, and the drafts of those who change it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Segment(models.Model):
    """A named rule: a JSON tree of `{"all"|"any"|"none": [...]}` and `{"condition": key, "params": {...}}`.

    `customers.segments.tree` says what a rule may look like. A saved rule has no fault when it is saved.
    """

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rule = models.JSONField(_("rule"), default=dict)
    revision = models.IntegerField(
        default=0, editable=False, help_text="counts edits, so that two editors notice each other"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("changed by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("changed"), db_default=Now(), editable=False)
    last_count = models.IntegerField(_("customers"), null=True, editable=False)
    last_counted_at = models.DateTimeField(_("counted"), null=True, editable=False)
    # Membership: `built_revision` is the rule that the members follow (None: never built), as of `built_at`;
    # `due_at` is when all must be looked at again: soon where the rule asks for time, else at the shop's midnight.
    built_revision = models.IntegerField(null=True, editable=False)
    built_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [models.UniqueConstraint(Lower("name"), name="segment_name_once")]
        permissions = [("export_segment", "Can export the customers of segments")]

    def __str__(self) -> str:
        return self.name


class SegmentDraft(models.Model):
    """What somebody is making of a segment (None: of a new one) and has not saved. The rule may have faults."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="drafts")
    name = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=300, blank=True)
    rule = models.JSONField(default=dict)
    revision = models.IntegerField(default=0, help_text="of the segment when the draft was begun")
    page = models.CharField(max_length=40, blank=True, db_default="", help_text="the open page it came from")
    turn = models.IntegerField(db_default=0, help_text="its change, counted by that page")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "segment"], name="draft_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"draft of {self.segment_id} by {self.user_id}"


class SegmentMember(models.Model):
    """Who is in a segment, and since when. Half a million of them are written at once, so no key is checked per row."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="memberships", db_constraint=False
    )
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="segment_member_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class SegmentChange(models.Model):
    """That somebody entered or left a segment: a fact that others act on. Rows are only added.

    `by_rule`: because the rule was changed (or first built), not because something happened to her.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="changes", db_index=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    entered = models.BooleanField()
    by_rule = models.BooleanField(db_default=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["segment", "at", "id"], name="segment_change_at"),
            models.Index(fields=["customer", "at"], name="segment_change_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {'entered' if self.entered else 'left'} {self.segment_id}"


class SegmentSize(models.Model):
    """How large a segment was at the end of a day of the shop (or is now), and how many entered and left that day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField()
    size = models.IntegerField()
    entered = models.IntegerField(db_default=0)
    left = models.IntegerField(db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_size_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day} {self.size}"
