"""What became of coupon codes: each use for an order, and the slots that limit the uses of one customer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Store
from loyalty.models.coupon import Coupon, CouponCode

LIVE = ["reserved", "redeemed"]


class Redemption(models.Model):
    """One use of a code for an order. `amount` is the most it may come to while reserved, the real discount once
    redeemed, in minor units. `source` and `reference` are the caller's key; `confirmed_by` is the reference of the call
    by which the same source redeemed what it had reserved."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        REDEEMED = "redeemed", _("redeemed")
        RELEASED = "released", _("released")
        REVERSED = "reversed", _("reversed")

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="redemptions")
    code = models.ForeignKey(CouponCode, on_delete=models.PROTECT, related_name="redemptions")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="redemptions", db_index=False
    )
    order_key = models.CharField(_("order"), max_length=120)
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=State)
    amount = models.BigIntegerField(_("discount"))
    currency = models.CharField(_("currency"), max_length=3)
    snapshot = models.JSONField(_("offer at that time"), default=dict)
    # The budget's period, and the store's part of it, that this one is counted in.
    budget_period = models.ForeignKey(
        "loyalty.BudgetPeriod", null=True, blank=True, on_delete=models.PROTECT, related_name="redemptions"
    )
    share = models.ForeignKey(
        "loyalty.BudgetShare", null=True, blank=True, on_delete=models.PROTECT, related_name="redemptions"
    )
    single_use = models.BooleanField(default=False)
    stacking_group = models.CharField(max_length=40, blank=True)
    exclusive = models.BooleanField(default=False)
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=120)
    confirmed_by = models.CharField(max_length=120, blank=True, default="", db_default="", editable=False)
    at = models.DateTimeField(_("at"))
    expires_at = models.DateTimeField(_("reserved until"), null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(
        _("why it was taken back"), max_length=200, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="redemption_once"),
            models.UniqueConstraint(
                fields=["code", "order_key"], name="redemption_per_order", condition=Q(state__in=LIVE)
            ),
            models.UniqueConstraint(
                fields=["code"], name="redemption_single_use", condition=Q(state__in=LIVE, single_use=True)
            ),
            models.UniqueConstraint(
                fields=["source", "confirmed_by"],
                name="redemption_confirmed_once",
                condition=~Q(confirmed_by=""),
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="redemption_not_negative"),
        ]
        indexes = [
            models.Index(fields=["customer", "at", "id"], name="redemption_customer"),
            models.Index(fields=["order_key"], name="redemption_order", condition=Q(state__in=LIVE)),
            models.Index(fields=["coupon", "-at", "-id"], name="redemption_newest"),
            models.Index(fields=["store", "-at", "-id"], name="redemption_in_store"),
            models.Index(fields=["expires_at"], name="redemption_waits", condition=Q(state="reserved")),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.state}"

    @property
    def keys(self) -> set[str]:
        """The references of the calls that made it what it is."""
        return {self.reference, self.confirmed_by} - {""}


class CouponUse(models.Model):
    """One of a customer's slots of a coupon, while the redemption is live. This row is the limit per customer."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    slot = models.PositiveSmallIntegerField()
    redemption = models.OneToOneField(Redemption, null=True, on_delete=models.PROTECT, related_name="use")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "customer", "slot"], name="coupon_use_once"),
            models.CheckConstraint(condition=Q(slot__gte=1), name="coupon_use_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.customer_id} {self.slot}"
