"""Blocks that were kept to be used again."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SavedBlock(models.Model):
    """`fields` are those of a block in a Content, without its id. Whoever uses it gets a copy of her own."""

    name = models.CharField(_("name"), max_length=80)
    language = models.CharField(_("language"), max_length=10)
    kind = models.CharField(_("kind"), max_length=40)
    fields = models.JSONField(default=dict)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("saved by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    saved_at = models.DateTimeField(_("saved"), db_default=Now())

    class Meta:
        verbose_name = _("saved block")
        verbose_name_plural = _("saved blocks")
        default_permissions = ("view", "delete")
        constraints = [models.UniqueConstraint(fields=["language", "name"], name="saved_block_once")]

    def __str__(self) -> str:
        return self.name
