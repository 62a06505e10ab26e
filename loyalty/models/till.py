"""The till: goodwill coupons inside an allowance, the second person, and how often somebody looked things up.

`Allowance.coupons` and `money` are caches that guarded updates keep; loyalty/books.py proves them by the issues.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import ApiKey, Customer, Store
from loyalty.models.coupon import Coupon, CouponCode


class TillSettings(models.Model):
    """One row, made on first use (`TillSettings.current()`). Amounts are minor units of the shop's currency."""

    second_person_above = models.BigIntegerField(_("second person above"), default=1500)
    days_valid = models.PositiveSmallIntegerField(_("days that a goodwill coupon is valid"), default=60)

    class Meta:
        verbose_name = _("settings of the till")
        verbose_name_plural = _("settings of the till")
        default_permissions = ("change",)
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="till_settings_is_one_row"),
            models.CheckConstraint(
                condition=Q(second_person_above__gte=0, days_valid__gte=1), name="till_settings_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return str(_("settings of the till"))

    @classmethod
    def current(cls) -> "TillSettings":
        return cls.objects.get_or_create(pk=1)[0]


class AllowanceRule(models.Model):
    """How much a person may give away in a store and month. The most particular one counts: person and store, person,
    store, everybody."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    store = models.ForeignKey(
        Store, verbose_name=_("store"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    most_coupons = models.PositiveIntegerField(_("coupons a month"))
    most_money = models.BigIntegerField(_("money a month"))

    class Meta:
        verbose_name = _("allowance rule")
        verbose_name_plural = _("allowance rules")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "store"], name="allowance_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(most_money__gte=0), name="allowance_rule_money"),
        ]

    def __str__(self) -> str:
        return " · ".join(str(each) for each in (self.user, self.store) if each) or str(_("everybody"))


class Allowance(models.Model):
    """What a person has given away in a store and a month (its first day, in the store's zone)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="+"
    )
    store = models.ForeignKey(Store, verbose_name=_("store"), on_delete=models.PROTECT, related_name="+")
    month = models.DateField(_("month"))
    currency = models.CharField(_("currency"), max_length=3)
    most_coupons = models.PositiveIntegerField(_("coupons a month"))
    most_money = models.BigIntegerField(_("money a month"))
    coupons = models.PositiveIntegerField(_("coupons given"), default=0, db_default=0)
    money = models.BigIntegerField(_("money given"), default=0, db_default=0)

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["user", "store", "month", "currency"], name="allowance_once"),
            models.CheckConstraint(
                condition=Q(coupons__gte=0, coupons__lte=F("most_coupons")), name="allowance_coupons"
            ),
            models.CheckConstraint(
                condition=Q(money__gte=0, money__lte=F("most_money")), name="allowance_money"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.store} · {self.month:%Y-%m}"

    @property
    def money_left(self) -> int:
        return self.most_money - self.money

    @property
    def coupons_left(self) -> int:
        return self.most_coupons - self.coupons


class GoodwillReason(models.Model):
    """Why something is made good, as staff choose it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    active = models.BooleanField(_("can be chosen"), default=True)

    class Meta:
        verbose_name = _("goodwill reason")
        verbose_name_plural = _("goodwill reasons")
        default_permissions = ()
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GoodwillCoupon(models.Model):
    """The coupon that goodwill of one amount and validity is made of, so that each exists once."""

    coupon = models.OneToOneField(Coupon, on_delete=models.PROTECT, related_name="goodwill")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    days_valid = models.PositiveSmallIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["amount", "currency", "days_valid"], name="goodwill_coupon_once")
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Goodwill(models.Model):
    """What was asked for at a till, whether it became a coupon or waits for a second person."""

    store = models.ForeignKey(Store, verbose_name=_("store"), on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.ForeignKey(GoodwillReason, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=500, blank=True)
    amount = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        abstract = True


class GoodwillRequest(Goodwill):
    """Goodwill above the threshold, until somebody else decides. It takes nothing from the allowance before."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a second person")
        ISSUED = "issued", _("confirmed")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WAITING)
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    asked_at = models.DateTimeField(_("asked at"))
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("goodwill that waits")
        verbose_name_plural = _("goodwill that waits")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="goodwill_asked_once"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="goodwill_second_person"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "id"], name="goodwill_waits", condition=Q(state="waiting")),
            models.Index(fields=["customer"], name="goodwill_asked_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.state}"


class GoodwillIssue(Goodwill):
    """A goodwill coupon that was given. `threshold` is what a second person was needed above at that moment."""

    allowance = models.ForeignKey(Allowance, on_delete=models.PROTECT, related_name="issues")
    code = models.OneToOneField(CouponCode, on_delete=models.PROTECT, related_name="goodwill")
    threshold = models.BigIntegerField()
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    request = models.OneToOneField(GoodwillRequest, null=True, on_delete=models.PROTECT, related_name="issue")
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("goodwill coupon")
        verbose_name_plural = _("goodwill coupons")
        default_permissions = ("view",)
        permissions = [("use_till", "Can work at the till")]
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="goodwill_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="goodwill_positive"),
            models.CheckConstraint(
                condition=Q(amount__lte=F("threshold")) | Q(approver__isnull=False), name="goodwill_approved"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "at", "id"], name="goodwill_store"),
            models.Index(fields=["customer"], name="goodwill_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class GoodwillReturn(models.Model):
    """That an issue's amount went back to its allowance: once, since its row is unique."""

    class Why(models.TextChoices):
        EXPIRED = "expired", _("not used in time")
        UNDONE = "undone", _("undone")

    issue = models.OneToOneField(GoodwillIssue, on_delete=models.PROTECT, related_name="returned")
    why = models.CharField(max_length=8, choices=Why)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.issue_id} {self.why}"


class TillLookup(models.Model):
    """That somebody looked something up at a till, by page or by key: kept for two days, so that guessing is slow."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    api_key = models.ForeignKey(ApiKey, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    found = models.BooleanField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["user", "at"], name="till_lookup_user", condition=Q(user__isnull=False)),
            models.Index(
                fields=["api_key", "at"], name="till_lookup_key", condition=Q(api_key__isnull=False)
            ),
            models.Index(fields=["at"], name="till_lookup_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class TillKeyDay(models.Model):
    """How often a till's key has redeemed or taken back in a day of its store: kept for two days, so that a stolen one
    does no more than a day's work."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    calls = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["api_key", "day"], name="till_key_day_once")]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.day} {self.calls}"
