"""Segments: a stored rule that says who belongs, and the drafts of those who are changing it."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


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
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "segment"], name="draft_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"draft of {self.segment_id} by {self.user_id}"
