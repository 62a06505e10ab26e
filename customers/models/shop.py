"""The business itself: one row."""

from datetime import date, datetime

from babel.numbers import get_territory_currencies
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from config import clocks


def default_languages() -> list[str]:
    return ["de", "en"]


class Shop(models.Model):
    """The business whose customers these are. There is one row, made on first use (`Shop.current()`)."""

    class Address(models.TextChoices):
        FORMAL = "sie", _("formal (Sie)")
        FAMILIAR = "du", _("familiar (du)")

    name = models.CharField(_("name"), max_length=120)
    url = models.URLField(_("web address"), blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        help_text=_("ISO 4217. Empty until the first orders are recorded, whose currency it then takes."),
    )
    languages = ArrayField(
        models.CharField(max_length=10), verbose_name=_("languages"), default=default_languages
    )
    address = models.CharField(_("form of address"), max_length=3, choices=Address, default=Address.FORMAL)

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("shop")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="shop_is_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Shop":
        new = {"name": "Stammkunde", "time_zone": settings.TIME_ZONE}
        return cls.objects.get_or_create(pk=1, defaults=new)[0]

    @property
    def counts_in(self) -> str:
        """Its currency; before its first orders, that of its country."""
        return self.currency or (get_territory_currencies(self.country) or ["EUR"])[0]

    @classmethod
    def day(cls, at: datetime) -> date:
        """The day that it is in the shop at this moment, whoever asks: a page, an API call or a task."""
        return clocks.local_day(at, cls.current().time_zone)
