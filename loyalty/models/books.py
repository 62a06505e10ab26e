"""What the books said, night by night."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BooksCheck(models.Model):
    """One check of all rules. `findings` holds, by the key of each broken rule, its diverging rows as
    [subject, id, expected, found]. `user`: who asked for it, None for the nightly one."""

    at = models.DateTimeField(_("checked at"))
    seconds = models.FloatField(_("took"))
    findings = models.JSONField(default=dict)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("check of the books")
        verbose_name_plural = _("checks of the books")
        default_permissions = ("view", "add")
        indexes = [models.Index(fields=["-at", "-id"], name="books_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"

    @property
    def green(self) -> bool:
        return not self.findings
