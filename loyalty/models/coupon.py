"""Coupons: what they may cost (Budget), what they give (Offer), how they are reached (Coupon), and the codes.

`used` is a cache that guarded updates keep; loyalty/books.py proves it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from loyalty.coupons import codes
from loyalty.models.points import valid_zone


class Budget(models.Model):
    """Money that coupons may cost together, in minor units. A reservation books the most that it may come to.

    With `period_cap` all of it may not cost more than that in each `period`, and with `store_cap` no store more in each
    `store_period`: loyalty/models/budget_share.py has a row for each. Orders without a store share one row.
    """

    class Period(models.TextChoices):
        """As date_trunc() calls them."""

        DAY = "day", _("day")
        WEEK = "week", _("week")
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    name = models.CharField(_("name"), max_length=80)
    currency = models.CharField(_("currency"), max_length=3)
    cap = models.BigIntegerField(_("at most"))
    used = models.BigIntegerField(_("used"), default=0, db_default=0)
    campaign = models.CharField(_("campaign"), max_length=80, blank=True, default="", db_default="")
    cost_centre = models.CharField(_("cost centre"), max_length=40, blank=True, default="", db_default="")
    period_cap = models.BigIntegerField(_("at most per period"), null=True, blank=True)
    period = models.CharField(
        _("period"), max_length=5, choices=Period, blank=True, default="", db_default=""
    )
    store_cap = models.BigIntegerField(_("at most per store"), null=True, blank=True)
    store_period = models.CharField(
        _("in each"), max_length=5, choices=Period, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("coupon budget")
        verbose_name_plural = _("coupon budgets")
        constraints = [
            models.CheckConstraint(condition=Q(used__gte=0, used__lte=F("cap")), name="budget_in_bounds"),
            models.CheckConstraint(
                condition=Q(store_cap__isnull=True, store_period="")
                | (Q(store_cap__gt=0) & ~Q(store_period="")),
                name="budget_store_cap_and_period",
            ),
            models.CheckConstraint(
                condition=Q(period_cap__isnull=True, period="") | (Q(period_cap__gt=0) & ~Q(period="")),
                name="budget_period_cap_and_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """A discount of `percent` or of `amount` (minor units of `currency`) on what its rules cover, at most `most`.

    Of offers with the same `stacking_group` an order takes one; an `exclusive` one stands alone.
    """

    name = models.CharField(_("name"), max_length=120)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2, null=True, blank=True)
    amount = models.BigIntegerField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    most = models.BigIntegerField(_("at most"), null=True, blank=True)
    rules = models.JSONField(_("rules"), default=list, blank=True, help_text="[{key, params}]")
    stacking_group = models.CharField(_("not together with others of"), max_length=40, blank=True)
    exclusive = models.BooleanField(_("not together with any other"), default=False)
    cost_centre = models.CharField(_("cost centre"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(percent__isnull=True, amount__gt=0),
                name="offer_percent_or_amount",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """How an offer is reached. Its window is from `starts_on` to the end of `ends_on` in `time_zone`; `valid_from` and
    `valid_until` are these days as instants (half open), derived once by coupons/windows.py. With `days_from_issue`
    each code has a window of its own besides: so many days, from the day that `relative_to` names, shifted by
    `days_after`."""

    class Kind(models.TextChoices):
        GENERIC = "generic", _("one code for all")
        POOL = "pool", _("a code for each")

    class RelativeTo(models.TextChoices):
        ISSUE = "issue", _("the day the code is issued")
        DELIVERY = "delivery", _("the day the message arrives")
        PURCHASE = "purchase", _("the last purchase")
        BIRTHDAY = "birthday", _("the birthday")

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="coupons")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    single_use = models.BooleanField(_("each code once"), default=False)
    total_limit = models.BigIntegerField(_("redemptions in all"), null=True, blank=True)
    per_customer_limit = models.PositiveSmallIntegerField(
        _("redemptions per customer"), null=True, blank=True
    )
    budget = models.ForeignKey(
        Budget, null=True, blank=True, on_delete=models.PROTECT, related_name="coupons"
    )
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Berlin", validators=[valid_zone]
    )
    valid_from = models.DateTimeField(null=True, editable=False)
    valid_until = models.DateTimeField(null=True, editable=False)
    days_from_issue = models.PositiveSmallIntegerField(
        _("days that a code is valid once issued"), null=True, blank=True
    )
    relative_to = models.CharField(
        _("counted from"), max_length=8, choices=RelativeTo, default=RelativeTo.ISSUE, db_default="issue"
    )
    days_after = models.SmallIntegerField(_("begins so many days later"), default=0, db_default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    used = models.BigIntegerField(_("used"), default=0, db_default=0)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(used__gte=0) & (Q(total_limit__isnull=True) | Q(used__lte=F("total_limit"))),
                name="coupon_used_in_bounds",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="coupon_window_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CodeBatch(models.Model):
    """Codes that are made in parts, each a transaction, so that whoever is killed goes on at `made`."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="batches")
    asked = models.BigIntegerField(_("codes wanted"))
    made = models.BigIntegerField(_("codes made"), default=0, db_default=0)
    prefix = models.CharField(_("begins with"), max_length=8, blank=True)
    length = models.PositiveSmallIntegerField(_("length"), default=10)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("batch of codes")
        verbose_name_plural = _("batches of codes")
        constraints = [
            models.CheckConstraint(
                condition=Q(made__gte=0, made__lte=F("asked")), name="batch_made_in_bounds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.made}/{self.asked}"


class CouponCode(models.Model):
    """`text` is normalised (coupons/codes.py), unique over all coupons, and never of a gift card's form.
    `issue` is the caller's key of the issue: one code per coupon and key."""

    class State(models.TextChoices):
        FREE = "free", _("not issued")
        RESERVED = "reserved", _("put aside for a message")
        PRIZE = "prize", _("kept for a contest")
        ISSUED = "issued", _("issued")
        VOID = "void", _("void")

    # The checks of foreign keys would cost more than the row, a million times; books.py looks after these two.
    text = models.CharField(_("code"), max_length=32, db_collation="C")
    shown = models.CharField(_("as people see it"), max_length=60, blank=True, db_default="", default="")
    coupon = models.ForeignKey(
        Coupon, on_delete=models.PROTECT, related_name="codes", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        CodeBatch,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="codes",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="codes", db_index=False
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.FREE, db_default="free")
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    issue = models.CharField(max_length=120, null=True)  # noqa: DJ001 (a code that was not issued has none)
    issued_at = models.DateTimeField(_("issued at"), null=True)

    class Meta:
        verbose_name = _("coupon code")
        verbose_name_plural = _("coupon codes")
        permissions = [("export_couponcode", "Can take codes out as a file or on paper")]
        constraints = [
            models.UniqueConstraint(fields=["text"], name="code_once"),
            # Gift cards keep only hashes, so one unique key over both cannot be: this form is theirs alone.
            models.CheckConstraint(condition=~Q(text__regex="^GK.{13}$"), name="code_no_gift_card"),
            models.UniqueConstraint(
                fields=["coupon", "issue"], name="code_issued_once", condition=Q(issue__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["coupon", "id"], name="code_free", condition=Q(state="free")),
            models.Index(
                fields=["customer", "id"], name="code_customer", condition=Q(customer__isnull=False)
            ),
            models.Index(fields=["coupon", "id"], name="code_coupon"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """As it was published, such as SOMMER20; a made code in groups of four."""
        return self.shown or codes.in_fours(self.text)
