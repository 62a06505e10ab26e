"""Tiers: the rungs of a programme, who stands on which since when, and whom we told that she is about to fall.

A row of TierPeriod holds from `valid_from` until the account's next one begins; the newest is `current`. It keeps what
it was decided by, so that loyalty/books.py can reckon it again. docs/tiers.md says how it hangs together.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Origin
from loyalty.models.coupon import Coupon
from loyalty.models.points import Account, Program


class TierPolicy(models.Model):
    """How a programme's tiers are reached and kept.

    Points of a calendar year hold a tier until the end of the next one; rolling points are those of the last `months`
    months, and hold for as long. A tier is never lost before its end.
    """

    class Period(models.TextChoices):
        CALENDAR_YEAR = "calendar_year", _("calendar year")
        ROLLING = "rolling", _("the last months")

    class Fall(models.TextChoices):
        ONE_STEP = "one_step", _("one tier down at most")
        BY_POINTS = "by_points", _("to the tier that the points are enough for")

    program = models.OneToOneField(
        Program, primary_key=True, on_delete=models.PROTECT, related_name="tier_policy"
    )
    period = models.CharField(
        _("points count that were earned in"), max_length=14, choices=Period, default=Period.CALENDAR_YEAR
    )
    months = models.PositiveSmallIntegerField(_("months"), default=12)
    fall = models.CharField(
        _("who has too few points falls"), max_length=10, choices=Fall, default=Fall.ONE_STEP
    )
    announce_days = models.PositiveSmallIntegerField(_("days before a fall that it is announced"), default=30)

    class Meta:
        verbose_name = _("rules of tiers")
        verbose_name_plural = _("rules of tiers")
        default_permissions = ("change",)
        constraints = [
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=60), name="tier_months"),
            models.CheckConstraint(
                condition=~Q(period="calendar_year") | Q(months=12), name="tier_year_has_twelve_months"
            ),
        ]

    def __str__(self) -> str:
        return str(self.program_id)


class Tier(models.Model):
    """A rung of the ladder, reached with `threshold` points within the qualifying period. `benefits` by language.

    `earning_factor` works through the earning rule "factor by tier"; whoever reaches the tier gets a code of `coupon`,
    at most once a year. One that was taken away stays for the history.
    """

    class Colour(models.TextChoices):
        BRONZE = "bronze", _("bronze")
        SILVER = "silver", _("silver")
        GOLD = "gold", _("gold")
        PLATINUM = "platinum", _("platinum")
        TEAL = "teal", _("teal")
        PLUM = "plum", _("plum")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="tiers", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    threshold = models.PositiveBigIntegerField(_("points needed"))
    colour = models.CharField(_("colour"), max_length=10, choices=Colour, default=Colour.SILVER)
    benefits = models.JSONField(_("benefits"), default=dict, blank=True, help_text="{language: text}")
    earning_factor = models.DecimalField(_("times as many points"), max_digits=5, decimal_places=2, default=1)
    coupon = models.ForeignKey(
        Coupon,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("coupon on reaching it"),
    )
    active = models.BooleanField(default=True, db_default=True, editable=False)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.UniqueConstraint(
                fields=["program", "threshold"], condition=Q(active=True), name="tier_threshold_once"
            ),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="tier_threshold_positive"),
            models.CheckConstraint(
                condition=Q(earning_factor__gte=1, earning_factor__lte=100), name="tier_factor_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def benefits_in(self, language: str) -> str:
        """The benefits in this language, or in the first one that there is."""
        texts: dict[str, str] = self.benefits
        return texts.get(language) or texts.get(language[:2]) or next(filter(None, texts.values()), "")


class TierPeriod(models.Model):
    """An account's tier from `valid_from` on; no tier: null. It lasts at least until `holds_until`.

    `counted` are the entries of this person, or of those merged into her, between `counted_from` and `counted_until`,
    and `points` their sum; `needed` was the threshold that they reached.
    """

    class Reached(models.TextChoices):
        REACHED = "reached", _("reached")
        KEPT = "kept", _("kept")
        FELL = "fell", _("fell")
        REMOVED = "removed", _("the tier was taken away")
        MERGED = "merged", _("from another record of hers")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="tier_periods", db_index=False
    )
    tier = models.ForeignKey(
        Tier, null=True, on_delete=models.PROTECT, related_name="periods", db_index=False
    )
    valid_from = models.DateTimeField(_("since"))
    holds_until = models.DateTimeField(_("holds until"), null=True)
    reached = models.CharField(_("how"), max_length=8, choices=Reached)
    points = models.BigIntegerField(_("qualifying points"))
    needed = models.BigIntegerField(default=0)
    counted_from = models.DateTimeField()
    counted_until = models.DateTimeField()
    counted = ArrayField(models.BigIntegerField(), default=list)
    current = models.BooleanField(default=True)
    coupon_due = models.BooleanField(default=False, db_default=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("time in a tier")
        verbose_name_plural = _("times in tiers")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["account", "valid_from"], name="tier_period_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(current=True), name="tier_period_current_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tier", "account"], name="tier_members", condition=Q(current=True)),
            models.Index(
                fields=["holds_until"],
                name="tier_ends",
                condition=Q(current=True, holds_until__isnull=False),
            ),
            models.Index(fields=["-valid_from"], name="tier_newest"),
            models.Index(fields=["id"], name="tier_coupon_due", condition=Q(coupon_due=True)),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.tier_id}"


class TierWarning(models.Model):
    """We saw, once per period, that it will end with a fall unless `missing` points come in time."""

    period = models.OneToOneField(
        TierPeriod, primary_key=True, on_delete=models.PROTECT, related_name="warning"
    )
    at = models.DateTimeField(_("at"))
    points = models.BigIntegerField(_("points so far"))
    missing = models.BigIntegerField(_("missing points"))

    class Meta:
        verbose_name = _("announced fall")
        verbose_name_plural = _("announced falls")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.period_id} {self.missing}"


class TierDirty(models.Model):
    """Work rows: this account's tier has to be looked at again. Plain inserts, swept by loyalty/tiers.py."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    origin = models.CharField(max_length=8, choices=Origin, default=Origin.LIVE)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.account_id)
