"""Pictures of messages and posts, as we serve them."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """`data` is what we encoded, never what was uploaded; `digest` is its SHA-256 and stands in its address, so what an
    address shows never changes. Kept in the database: it is in every backup, and several web servers need no disk in
    common."""

    class Kind(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=4, choices=Kind)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    size = models.PositiveIntegerField(_("bytes"))
    name = models.CharField(_("name"), max_length=120)
    data = models.BinaryField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        default_permissions = ("add", "view")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("picture", args=[self.digest, self.kind])

    @property
    def address(self) -> str:
        """Where everybody can fetch it, for ever."""
        return f"{settings.PUBLIC_URL}{self.get_absolute_url()}"
