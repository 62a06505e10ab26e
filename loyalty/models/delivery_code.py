"""Codes that are put aside for messages: the run that needs them, and which code belongs to which delivery."""

from django.db import models
from django.db.models import Q

from channels.models import Delivery, Message
from loyalty.models.coupon import Coupon, CouponCode


class CodeRun(models.Model):
    """A run of a message (its occurrence) that gives each reader a code of the coupon. `leave_out`: who finds the pool
    empty is left out, else she waits. Closed once nobody of it is on the way."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="+", db_index=False)
    occurrence = models.BigIntegerField()
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="runs")
    leave_out = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["message", "occurrence"], name="code_run_once")]
        indexes = [models.Index(fields=["id"], name="code_run_open", condition=Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.occurrence}"


class DeliveryCode(models.Model):
    """The code of one person's place in a run: `delivery` is the first attempt, whose later ones keep the code.

    `called_at`: from then on she may have it. `delivered_at`: when it arrived, which starts the code's days anew.
    """

    code = models.OneToOneField(
        CouponCode, primary_key=True, on_delete=models.PROTECT, related_name="delivery_code"
    )
    run = models.ForeignKey(CodeRun, on_delete=models.PROTECT, related_name="codes")
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.code_id} {self.delivery_id}"
