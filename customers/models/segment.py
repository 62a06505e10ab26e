"""Segments: a stored rule that says who belongs."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A named rule: a JSON tree of `{"all"|"any"|"none": [...]}` and leaves `{"condition": key, ...}`."""

    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rule = models.JSONField(_("rule"), default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    last_count = models.IntegerField(null=True, editable=False)
    last_counted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [models.UniqueConstraint(Lower("name"), name="segment_name_once")]

    def __str__(self) -> str:
        return self.name
