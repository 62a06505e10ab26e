"""Coupons that a till may redeem without a line: the lease, booked as used up front, and what the till told of it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import ApiKey, Store
from loyalty.models.coupon import Coupon, CouponCode
from loyalty.models.redemption import Redemption


class TillLease(models.Model):
    """`quantity` redemptions of at most `most` each (minor units), by one till of one store, until `expires_at`.

    While it is open, `quantity - settled` stand in the coupon's figure, and `most` times that in its budget's.
    """

    class State(models.TextChoices):
        OPEN = "open", _("with the till")
        SETTLED = "settled", _("settled")
        EXPIRED = "expired", _("ended")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    coupon = models.ForeignKey(
        Coupon, verbose_name=_("coupon"), on_delete=models.PROTECT, related_name="leases"
    )
    code = models.ForeignKey(CouponCode, on_delete=models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(Store, verbose_name=_("store"), on_delete=models.PROTECT, related_name="+")
    till = models.CharField(_("till"), max_length=40)
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    quantity = models.IntegerField(_("redemptions"))
    most = models.BigIntegerField(_("each at most"))
    currency = models.CharField(_("currency"), max_length=3)
    settled = models.IntegerField(_("told of"), default=0, db_default=0)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    source = models.CharField(max_length=80)
    reference = models.CharField(max_length=255)
    issued_at = models.DateTimeField(_("from"))
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("till lease")
        verbose_name_plural = _("till leases")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="till_lease_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, settled__gte=0, settled__lte=F("quantity"), most__gte=1),
                name="till_lease_in_bounds",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="till_lease_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.till} {self.key}"


class TillSync(models.Model):
    """One redemption that a till made without a line, by its own running number. With `conflict` it stands in no
    figure: it was beyond the lease, and somebody looks at it."""

    class Conflict(models.TextChoices):
        QUANTITY = "quantity", _("more than were leased")
        AMOUNT = "amount", _("above the amount of the lease")
        TIME = "time", _("outside the time of the lease")
        ENDED = "ended", _("told after the lease had been settled or had ended")
        ORDER = "order", _("the order has this code already")
        STACKING = "stacking", _("not together with a coupon that the order has already")

    lease = models.ForeignKey(TillLease, on_delete=models.PROTECT, related_name="rows")
    till = models.CharField(_("till"), max_length=40)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.BigIntegerField(_("number"))
    order_key = models.CharField(_("order"), max_length=120)
    amount = models.BigIntegerField(_("discount"))
    at = models.DateTimeField(_("at"))
    told_at = models.DateTimeField(_("told at"))
    redemption = models.OneToOneField(Redemption, null=True, on_delete=models.PROTECT, related_name="+")
    conflict = models.CharField(_("conflict"), max_length=8, choices=Conflict, blank=True)

    class Meta:
        verbose_name = _("redemption of a till")
        verbose_name_plural = _("redemptions of tills")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["store", "till", "sequence"], name="till_sync_once"),
            models.CheckConstraint(
                condition=Q(redemption__isnull=False, conflict="")
                | Q(redemption__isnull=True) & ~Q(conflict=""),
                name="till_sync_counted_or_conflict",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="till_sync_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.till} {self.sequence}"
