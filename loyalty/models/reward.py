"""Rewards: what points are given for, who claimed one, and baskets that were paid with points.

`used` is a cache that guarded updates keep; loyalty/books.py proves it.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Store
from loyalty.models.coupon import Coupon, CouponCode
from loyalty.models.points import Entry, Hold, Program


class Reward(models.Model):
    """What `points` are given for. `texts` are what customers read: {language: {"name", "text"}}.

    A coupon reward gives a code of its pool coupon; goods wait in a store until they are handed over; money is the
    rate at which a basket is paid: `points` are worth `amount` minor units of `currency`. Stock and limit per customer
    count claims, which money has none of. Days are whole days in the programme's zone.
    """

    class Kind(models.TextChoices):
        COUPON = "coupon", _("coupon code")
        GOODS = "goods", _("goods from a store")
        MONEY = "money", _("money off a basket")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="rewards")
    name = models.CharField(_("name"), max_length=120)
    texts = models.JSONField(_("texts for customers"), default=dict, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    points = models.PositiveIntegerField(_("points"))
    coupon = models.ForeignKey(
        Coupon,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rewards",
        verbose_name=_("coupon"),
    )
    amount = models.BigIntegerField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    stock = models.PositiveIntegerField(_("stock"), null=True, blank=True)
    used = models.PositiveIntegerField(_("claimed"), default=0, db_default=0)
    per_customer_limit = models.PositiveSmallIntegerField(_("per customer"), null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_costs_points"),
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(used__lte=F("stock")), name="reward_used_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(kind="coupon", coupon__isnull=False, amount__isnull=True)
                | Q(kind="goods", coupon__isnull=True, amount__isnull=True)
                | Q(kind="money", coupon__isnull=True, amount__gt=0),
                name="reward_gives_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def words(self, language: str) -> dict[str, Any]:
        """Name and text in this language, else in any that has them."""
        texts: dict[str, str] = self.texts.get(language) or next(iter(self.texts.values()), {})
        return {"name": texts.get("name") or self.name, "text": texts.get("text", "")}


class RewardClaim(models.Model):
    """One reward for one customer. `source` and `reference` are the caller's key. A coupon is done at once, goods when
    they are handed over."""

    class State(models.TextChoices):
        OPEN = "open", _("to be handed over")
        DONE = "done", _("given")
        CANCELLED = "cancelled", _("cancelled")

    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="claims")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="reward_claims")
    points = models.PositiveIntegerField(_("points"))
    state = models.CharField(_("state"), max_length=9, choices=State)
    spend = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="reward_claim")
    code = models.OneToOneField(CouponCode, null=True, on_delete=models.PROTECT, related_name="reward_claim")
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who gave or cancelled",
    )
    source = models.CharField(_("source"), max_length=80)
    reference = models.CharField(_("reference"), max_length=255)
    at = models.DateTimeField(_("claimed at"))
    given_at = models.DateTimeField(_("given at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)

    class Meta:
        verbose_name = _("claim of a reward")
        verbose_name_plural = _("claims of rewards")
        default_permissions = ("view", "change")
        constraints = [models.UniqueConstraint(fields=["source", "reference"], name="reward_claim_once")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="reward_claim_newest"),
            models.Index(fields=["at"], name="reward_claim_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.state}"


class RewardUse(models.Model):
    """One of a customer's slots of a reward, while the claim is live. This row is the limit per customer."""

    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    slot = models.PositiveIntegerField()
    claim = models.OneToOneField(RewardClaim, on_delete=models.PROTECT, related_name="use")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reward", "customer", "slot"], name="reward_use_once"),
            models.CheckConstraint(condition=Q(slot__gte=1), name="reward_use_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.reward_id} {self.customer_id} {self.slot}"


class PointsPayment(models.Model):
    """A basket, or a part of it, paid with points: held while it is open, spent with the order, given back with a
    refund. `amount` is what the points are worth by the rate of their day.

    `refunded` of the order's `total` came back so far, in minor units, and `given_back` of the points with it: always
    that share of them, rounded down, so that refunds in parts come to the same as one.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        SPENT = "spent", _("spent")
        RELEASED = "released", _("released")
        REFUNDED = "refunded", _("given back")

    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="payments")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="points_payments")
    points = models.PositiveIntegerField(_("points"))
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.HELD)
    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="payment")
    spend = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="payment")
    total = models.BigIntegerField(_("the order's total"), null=True)
    refunded = models.BigIntegerField(_("refunded"), default=0, db_default=0)
    given_back = models.PositiveIntegerField(_("points given back"), default=0, db_default=0)
    source = models.CharField(_("source"), max_length=80)
    reference = models.CharField(_("reference"), max_length=255)
    at = models.DateTimeField(_("at"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("payment with points")
        verbose_name_plural = _("payments with points")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="points_payment_once"),
            models.CheckConstraint(
                condition=Q(given_back__lte=F("points"), refunded__gte=0), name="points_payment_given_back"
            ),
            models.CheckConstraint(
                condition=Q(refunded=0) | Q(total__isnull=False, refunded__lte=F("total")),
                name="points_payment_refunded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"
