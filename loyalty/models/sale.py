"""Private sales: what is sold early, from when for whom, and who may enter.

`admitted` is a cache that a guarded update keeps; loyalty/books.py proves it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order, Segment
from loyalty.models.points import valid_zone
from loyalty.models.tier import Tier


class Sale(models.Model):
    """`key` is how shop and till name it. What belongs to it: the shop's section of that name, these article numbers,
    and all below these category paths. At most `quota` customers are admitted (None: all).

    `ends_wall` is what the clock shows in `time_zone` (stored as if UTC), `ends_at` the instant, derived once.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("started")
        STOPPED = "stopped", _("stopped")

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    section = models.CharField(_("section of the shop"), max_length=120, blank=True)
    skus = ArrayField(
        models.CharField(max_length=60), verbose_name=_("article numbers"), default=list, blank=True
    )
    categories = ArrayField(
        models.CharField(max_length=300), verbose_name=_("categories"), default=list, blank=True
    )
    link = models.CharField(_("page of the shop"), max_length=500, blank=True)
    quota = models.PositiveIntegerField(_("customers at most"), null=True, blank=True)
    admitted = models.PositiveIntegerField(_("admitted"), default=0, db_default=0, editable=False)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Berlin", validators=[valid_zone]
    )
    ends_wall = models.DateTimeField(_("ends"))
    ends_at = models.DateTimeField(_("ends"), editable=False)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DRAFT, db_default="draft")
    started_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("private sale")
        verbose_name_plural = _("private sales")
        constraints = [
            models.CheckConstraint(
                condition=Q(quota__isnull=True) | Q(admitted__lte=F("quota")), name="sale_admitted_in_quota"
            )
        ]
        indexes = [models.Index(fields=["state", "ends_at"], name="sale_state")]

    def __str__(self) -> str:
        return self.name


class SaleWave(models.Model):
    """From `opens_at` on the customers of `segment` may enter, or those on `tier` and above; without either, everybody
    who has a link of her own.

    Granting goes on at `granted_to` (the last customer's id) and is done at `granted_at`; `round` 0 is when the sale
    starts, round 1 when the wave opens, for those who have come to the segment or the tier since.
    """

    sale = models.ForeignKey(Sale, on_delete=models.CASCADE, related_name="waves", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=80)
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tier = models.ForeignKey(
        Tier, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opens_wall = models.DateTimeField(_("opens"))
    opens_at = models.DateTimeField(_("opens"), editable=False)
    round = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    granted_to = models.BigIntegerField(default=0, db_default=0, editable=False)
    granted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["opens_at", "position"]
        constraints = [
            models.UniqueConstraint(fields=["sale", "position"], name="wave_once"),
            models.CheckConstraint(condition=Q(segment=None) | Q(tier=None), name="wave_for_one"),
        ]

    def __str__(self) -> str:
        return self.name


class AccessGrant(models.Model):
    """That a customer may enter a sale from her earliest wave on; once per (sale, customer).

    `admitted_at`: when she took her place of the quota, once and for all.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="grants", db_index=False)
    wave = models.ForeignKey(SaleWave, on_delete=models.PROTECT, related_name="grants", db_constraint=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="access_grants", db_constraint=False
    )
    opens_at = models.DateTimeField(_("may enter from"))
    seen_at = models.DateTimeField(_("asked first"), null=True)
    admitted_at = models.DateTimeField(_("admitted"), null=True)
    bought_at = models.DateTimeField(_("bought"), null=True)
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("access to a private sale")
        verbose_name_plural = _("access to private sales")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["sale", "customer"], name="grant_once")]
        indexes = [
            models.Index(
                fields=["sale", "admitted_at"], name="grant_admitted", condition=Q(admitted_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.sale_id} {self.customer_id}"


class SaleDeed(models.Model):
    """Work: what a customer did in a sale, which is to become an event of hers. Written by plain INSERT."""

    class Name(models.TextChoices):
        OPENED = "sale_opened", _("opened the sale")
        VISITED = "sale_visited", _("entered the sale")
        BOUGHT = "sale_bought", _("bought in the sale")

    sale = models.ForeignKey(
        Sale, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=12, choices=Name)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.customer_id} {self.name}"
