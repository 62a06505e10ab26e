"""Points: a programme with its rules, and per customer an account with a ledger that only grows.

Every positive entry makes a lot, which debits use up by allocations. `balance`, `debt` and `remaining` are caches;
loyalty/books.py proves them. docs/loyalty.md says how it hangs together.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config import zones
from customers.models import Customer, Order, Store


def valid_zone(name: str) -> None:
    if name != "UTC" and name not in dict(zones.zones()):
        raise ValidationError(
            _("“%(name)s” is not a time zone, such as Europe/Berlin."), params={"name": name}
        )


class Program(models.Model):
    """What points are called, when they can be spent and when they end. Without one nobody earns anything.

    `ready_after_days`: points of an order wait so long, for its return window. Points end `expiry_months` after they
    were earned, or at the end of the year in which that is; 0: never.
    """

    class Rounding(models.TextChoices):
        DOWN = "down", _("down")
        HALF_UP = "half_up", _("to the nearest")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Berlin", validators=[valid_zone]
    )
    rounding = models.CharField(_("rounding"), max_length=8, choices=Rounding, default=Rounding.DOWN)
    ready_after_days = models.PositiveSmallIntegerField(_("days until points can be spent"), default=14)
    expiry_months = models.PositiveSmallIntegerField(_("months until points end"), default=24)
    expiry_at_year_end = models.BooleanField(_("points end with the year"), default=False)
    second_person_above = models.PositiveIntegerField(
        _("corrections above so many points need a second person"), default=500
    )
    threshold_since = models.DateTimeField(null=True, editable=False, help_text="when that was changed last")
    worth_of_100 = models.PositiveBigIntegerField(
        _("worth of 100 points"), null=True, blank=True, help_text=_("minor units of the shop's currency")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("points programme")
        verbose_name_plural = _("points programmes")

    def __str__(self) -> str:
        return self.name


class EarningRule(models.Model):
    """A rule as people edit it; `key` names its plug-in (loyalty/earning_rules). Entries remember Terms, not this."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="rules")
    key = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    params = models.JSONField(_("values"), default=dict)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    removed_at = models.DateTimeField(null=True, editable=False, help_text="bookings may still name it")

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """All rules of a programme at one time, frozen. A changed rule makes a new version; entries keep theirs."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="terms", db_index=False)
    version = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("rules"))
    at = models.DateTimeField(_("made"), db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["program", "version"], name="terms_version_once")]

    def __str__(self) -> str:
        return f"{self.program_id}/{self.version}"


class Account(models.Model):
    """`balance`: points in lots, also those that wait and those whose end was not swept yet. `lifetime`: all that
    was ever earned, by those merged into her too, reversals taken off, as far as it counts for tiers. What can be spent
    is read from the lots."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="points_accounts")
    balance = models.BigIntegerField(_("points"), db_default=0, default=0)
    lifetime = models.BigIntegerField(_("points ever earned"), db_default=0, default=0)
    debt = models.BigIntegerField(_("points owed"), db_default=0, default=0)
    closed_at = models.DateTimeField(null=True, editable=False, help_text="when its customer was merged")

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["program", "customer"], name="account_once"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="account_balance_not_negative"),
            models.CheckConstraint(condition=Q(debt__gte=0), name="account_debt_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.program_id} {self.customer_id}"


class Entry(models.Model):
    """One booking in the append-only ledger; a database trigger refuses changes. Points are signed, never 0.

    `source`, `reference` and `kind` are the caller's key: the same key books once. `basis` is in minor units of the
    shop's currency. `reverses`: the booking that this one takes back, wholly or in part.
    """

    class Kind(models.TextChoices):
        EARN = "earn", _("earned")
        SPEND = "spend", _("spent")
        EXPIRE = "expire", _("expired")
        REVERSE = "reverse", _("taken back")
        ADJUST = "adjust", _("corrected")
        TRANSFER_IN = "transfer_in", _("received")
        TRANSFER_OUT = "transfer_out", _("passed on")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    points = models.BigIntegerField(_("points"))
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=120)
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        EarningRule, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    terms = models.ForeignKey(
        Terms, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    basis = models.BigIntegerField(_("basis"), null=True, blank=True)
    tier_factor = models.DecimalField(
        _("factor of the tier"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="")
    counts_for_tier = models.BooleanField(_("counts for the tier"), default=False, db_default=False)
    reverses = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversals", db_index=False
    )
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("points booking")
        verbose_name_plural = _("points bookings")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["program", "source", "reference", "kind"], name="entry_once"),
            models.CheckConstraint(condition=~Q(points=0), name="entry_not_zero"),
            models.CheckConstraint(condition=~Q(kind="adjust", reason=""), name="entry_adjust_has_reason"),
            models.CheckConstraint(
                condition=(Q(kind__in=["earn", "transfer_in"], points__gt=0))
                | Q(kind__in=["spend", "expire", "transfer_out"], points__lt=0)
                | Q(kind__in=["reverse", "adjust"]),
                name="entry_sign",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "at", "id"], name="entry_account"),
            models.Index(fields=["order"], name="entry_order", condition=Q(order__isnull=False)),
            models.Index(fields=["reverses"], name="entry_reverses", condition=Q(reverses__isnull=False)),
            models.Index(fields=["program", "at", "id"], name="entry_adjust", condition=Q(kind="adjust")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"


class Lot(models.Model):
    """What is left of a positive entry. `available_from` empty: until somebody frees it. Never refilled, never
    dated anew: its end is that of the terms under which it was granted."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="lot")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots", db_index=False)
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()
    available_from = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("granted")), name="lot_remaining_in_bounds"
            )
        ]
        indexes = [
            models.Index(fields=["account", "expires_at"], name="lot_left", condition=Q(remaining__gt=0)),
            models.Index(fields=["expires_at"], name="lot_ends", condition=Q(remaining__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.granted}"


class Allocation(models.Model):
    """How much of a debit a lot has paid. What no lot has paid is owed (Debt)."""

    pk = models.CompositePrimaryKey("debit", "lot")
    debit = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="allocations", db_index=False)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="allocations")
    points = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(points__gt=0), name="allocation_positive")]

    def __str__(self) -> str:
        return f"{self.debit_id} {self.lot_id} {self.points}"


class Debt(models.Model):
    """The part of a debit that no lot has paid yet: a refund of points that were spent already. Later grants pay the
    oldest first."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT, related_name="debt")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="debts", db_index=False)
    owed = models.BigIntegerField()
    remaining = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("owed")), name="debt_remaining_in_bounds"
            )
        ]
        indexes = [models.Index(fields=["account"], name="debt_open", condition=Q(remaining__gt=0))]

    def __str__(self) -> str:
        return f"{self.remaining}/{self.owed}"


class Hold(models.Model):
    """Points kept for an open basket until `expires_at`; unique by the caller's key. It does not stop lots ending."""

    class Fate(models.TextChoices):
        OPEN = "open", _("open")
        SPENT = "spent", _("spent")
        RELEASED = "released", _("released")

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds", db_index=False)
    points = models.BigIntegerField(_("points"))
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=120)
    fate = models.CharField(_("state"), max_length=8, choices=Fate, default=Fate.OPEN)
    at = models.DateTimeField(_("at"))
    expires_at = models.DateTimeField(_("until"))
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("hold of points")
        verbose_name_plural = _("holds of points")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["program", "source", "reference"], name="hold_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="hold_positive"),
        ]
        indexes = [models.Index(fields=["account"], name="hold_open", condition=Q(fate="open"))]

    def __str__(self) -> str:
        return f"{self.points} {self.fate}"


class AdjustmentRequest(models.Model):
    """A correction above the programme's threshold, which a second person has to confirm. `key` is the caller's
    (source and reference): a form that is sent twice asks once."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        BOOKED = "booked", _("booked")
        REFUSED = "refused", _("refused")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="adjustment_requests")
    points = models.BigIntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=200)
    counts_for_tier = models.BooleanField(_("counts for the tier"), default=False)
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    entry = models.OneToOneField(Entry, null=True, on_delete=models.PROTECT, related_name="request")
    key = models.CharField(max_length=170, null=True, unique=True, editable=False)  # noqa: DJ001 (older have none)
    asked_at = models.DateTimeField(_("asked at"))
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        verbose_name = _("correction of points")
        verbose_name_plural = _("corrections of points")
        permissions = [("approve_adjustment", "Can confirm corrections of points of others")]
        constraints = [
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="adjustment_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(checker__isnull=False, entry__isnull=False),
                name="adjustment_booked_has_checker",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} {self.state}"
