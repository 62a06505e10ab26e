"""Referrals: the rules in versions, a code for each member, and who came by whom.

A referral keeps the version under which it was claimed. docs/referral.md says how it goes on from there.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Order
from loyalty.coupons import codes
from loyalty.models.coupon import Coupon, CouponCode
from loyalty.models.points import Entry, Program


class ReferralTerms(models.Model):
    """One version of the rules; the newest counts, and none is changed. Each side gets points or a code of a coupon.

    `least_value` is in minor units of the shop's currency, refunds taken off. Rewards wait `return_days`.
    """

    program = models.ForeignKey(
        Program, on_delete=models.PROTECT, related_name="referral_terms", db_index=False
    )
    version = models.PositiveIntegerField(_("version"))
    active = models.BooleanField(_("switched on"), default=False)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until and with"), null=True, blank=True)
    giver_points = models.PositiveIntegerField(_("points for who recommends"), null=True, blank=True)
    giver_coupon = models.ForeignKey(
        Coupon,
        verbose_name=_("coupon for who recommends"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    welcome_points = models.PositiveIntegerField(_("points for who is recommended"), null=True, blank=True)
    welcome_coupon = models.ForeignKey(
        Coupon,
        verbose_name=_("coupon for who is recommended"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    least_value = models.PositiveBigIntegerField(_("least value of the first order"), default=0)
    return_days = models.PositiveSmallIntegerField(_("days until the reward"), default=14)
    claim_days = models.PositiveSmallIntegerField(_("days after the sign-up"), default=30)
    most_per_year = models.PositiveIntegerField(
        _("rewards per person and year"), null=True, blank=True, default=10
    )
    most_in_all = models.PositiveIntegerField(_("rewards in all"), null=True, blank=True)
    at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("rules of referrals")
        verbose_name_plural = _("rules of referrals")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["program", "version"], name="referral_terms_once"),
            models.CheckConstraint(
                condition=Q(giver_points__gt=0, giver_coupon__isnull=True)
                | Q(giver_points__isnull=True, giver_coupon__isnull=False),
                name="referral_giver_one_reward",
            ),
            models.CheckConstraint(
                condition=Q(welcome_points__gt=0, welcome_coupon__isnull=True)
                | Q(welcome_points__isnull=True, welcome_coupon__isnull=False),
                name="referral_welcome_one_reward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program_id}/{self.version}"


class ReferralCode(models.Model):
    """A member's own code, normalised (coupons/codes.py). That of a merged customer stays, and leads to the other."""

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.PROTECT, related_name="referral_code"
    )
    text = models.CharField(_("code"), max_length=32, unique=True, db_collation="C")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("referral code")
        verbose_name_plural = _("referral codes")
        default_permissions = ()

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return codes.in_fours(self.text)


class Referral(models.Model):
    """`recommended` came by `referrer`: nobody comes twice. What follows is written with the fact, the rewards by a
    sweep (loyalty/referrals/rewarding.py).

    `value` is the order's as it stands. `ready_at`: when its return window has ended. `opened_at`: when she opened the
    link, where that is proven.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("waits for the order")
        QUALIFIED = "qualified", _("waits for the return window")
        REWARDED = "rewarded", _("rewarded")
        MISSED = "missed", _("not rewarded")
        RETURNED = "returned", _("is taken back")
        TAKEN_BACK = "taken_back", _("taken back")

    class Reason(models.TextChoices):
        NONE = "", ""
        VALUE = "value", _("first order too small")
        EARLIER = "earlier", _("ordered before")
        RETURNED = "returned", _("order came back")
        LIMIT = "limit", _("too many in the year")
        BUDGET = "budget", _("budget used up")
        COUPON = "coupon", _("coupon over or used up")
        POOL = "pool", _("no code at the moment")
        SAME = "same", _("one person")
        GONE = "gone", _("erased or merged")

    class Source(models.TextChoices):
        API = "api", _("shop")
        TILL = "till", _("till")
        LINK = "link", _("link in the shop")

    terms = models.ForeignKey(ReferralTerms, on_delete=models.PROTECT, related_name="+")
    referrer = models.ForeignKey(
        Customer, verbose_name=_("recommended by"), on_delete=models.PROTECT, related_name="referrals_made"
    )
    recommended = models.OneToOneField(
        Customer, verbose_name=_("new customer"), on_delete=models.PROTECT, related_name="referral"
    )
    source = models.CharField(_("heard from"), max_length=4, choices=Source)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CLAIMED)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, blank=True, default="")
    claimed_at = models.DateTimeField(_("claimed at"))
    opened_at = models.DateTimeField(_("link opened at"), null=True)
    order = models.OneToOneField(
        Order, verbose_name=_("order"), null=True, on_delete=models.PROTECT, related_name="referral"
    )
    value = models.BigIntegerField(_("value of the order"), null=True)
    ready_at = models.DateTimeField(_("reward from"), null=True)
    rewarded_at = models.DateTimeField(_("rewarded at"), null=True)
    taken_back_at = models.DateTimeField(_("taken back at"), null=True)
    giver_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    welcome_entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    giver_code = models.OneToOneField(CouponCode, null=True, on_delete=models.PROTECT, related_name="+")
    welcome_code = models.OneToOneField(CouponCode, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(condition=~Q(referrer=F("recommended")), name="referral_of_somebody_else")
        ]
        indexes = [
            models.Index(fields=["-claimed_at", "-id"], name="referral_newest"),
            models.Index(
                fields=["referrer", "rewarded_at"],
                name="referral_rewards",
                condition=Q(rewarded_at__isnull=False),
            ),
            models.Index(
                fields=["ready_at"], name="referral_waits", condition=Q(state__in=["qualified", "returned"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referrer_id} {self.recommended_id} {self.state}"


class BroughtLink(models.Model):
    """A link that a browser brought along as its visitor became known; loyalty/referrals/brought.py claims it.

    It goes when it has become a referral; one that was refused stays, with a word of `referrals/refusals.py`.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="brought_links", db_index=False
    )
    code = models.CharField(_("code"), max_length=32, db_collation="C")
    opened_at = models.DateTimeField(_("link opened at"))
    refusal = models.CharField(_("reason"), max_length=8, blank=True, default="")

    class Meta:
        verbose_name = _("link that was brought along")
        verbose_name_plural = _("links that were brought along")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["customer", "code"], name="brought_link_once")]
        indexes = [models.Index(fields=["id"], name="brought_link_waits", condition=Q(refusal=""))]

    def __str__(self) -> str:
        return codes.in_fours(self.code)
