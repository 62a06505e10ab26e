"""Which database may send. A copy of it must not write to the same people once more."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Arming(models.Model):
    """One row: the place where this database was allowed to send, and who allowed it. Empty `place`: nowhere."""

    place = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("permission to send")
        verbose_name_plural = _("permission to send")
        default_permissions = ("view", "change")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="arming_is_one_row")]

    def __str__(self) -> str:
        return self.place
