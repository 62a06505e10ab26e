"""Where customers buy: shops in the street and shops online."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Store(models.Model):
    class Kind(models.TextChoices):
        PHYSICAL = "physical", _("Shop")
        ONLINE = "online", _("Online shop")

    number = models.CharField(_("number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PHYSICAL)
    street = models.CharField(_("street"), max_length=120, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1, such as DE"))
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
