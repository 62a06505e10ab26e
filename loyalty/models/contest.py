"""Contests: the rules, which are frozen at the start, the entries, the prizes, and who has won them.

A trigger (migrations/0071_contest_rules_stay.py) refuses to change rules and prizes once a contest is no draft, and
entries and results once it is drawn.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Event, Segment
from loyalty.models.coupon import Coupon, CouponCode
from loyalty.models.points import Entry, Program, valid_zone


class Contest(models.Model):
    """From `starts_on` to the end of `ends_on` in `time_zone`; `starts_at` and `ends_at` are these days as instants
    (half open), derived once. `texts` are {language: {title, text, conditions}}.

    `seed` is made at the start and stays secret until the draw; `commitment`, its SHA-256, is shown from the start.
    `digest` is the SHA-256 of the list of entries that was drawn from. docs/contests.md tells how to repeat a draw.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("running")
        CLOSED = "closed", _("to be drawn")
        DRAWN = "drawn", _("drawn")
        OFF = "off", _("called off")

    class Way(models.TextChoices):
        EVENT = "event", _("for something that customers do")
        PURCHASE = "purchase", _("for a purchase")
        POINTS = "points", _("for points")
        FORM = "form", _("free, on the page of the contest")

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    texts = models.JSONField(_("texts"), default=dict)
    segment = models.ForeignKey(
        Segment,
        verbose_name=_("who may take part"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    way = models.CharField(_("how one takes part"), max_length=8, choices=Way, default=Way.FORM)
    event_kind = models.CharField(_("what they do"), max_length=12, choices=Event.Kind, blank=True)
    event_name = models.CharField(_("name of the event"), max_length=120, blank=True)
    least_value = models.BigIntegerField(
        _("from this purchase on"), null=True, blank=True, help_text="minor units"
    )
    program = models.ForeignKey(Program, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveIntegerField(_("points for an entry"), null=True, blank=True)
    per_customer = models.PositiveSmallIntegerField(_("entries per customer"), default=1)
    per_day = models.PositiveSmallIntegerField(_("entries per customer and day"), default=1)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    time_zone = models.CharField(
        _("time zone"), max_length=40, default="Europe/Berlin", validators=[valid_zone]
    )
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.DRAFT, db_default="draft")
    seed = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    commitment = models.CharField(max_length=64, blank=True, db_default="", editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    drawn_at = models.DateTimeField(_("drawn at"), null=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, db_default="", editable=False)

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        permissions = [("draw_contest", "Can draw the winners of contests")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="contest_window_forward"),
            models.CheckConstraint(
                condition=Q(per_day__gte=1, per_customer__gte=F("per_day")), name="contest_limits"
            ),
            models.CheckConstraint(
                condition=Q(way="points", program__isnull=False, points__gt=0)
                | ~Q(way="points") & Q(program__isnull=True, points__isnull=True),
                name="contest_points",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(seed="") & ~Q(commitment=""), name="contest_committed"
            ),
        ]
        indexes = [models.Index(fields=["state", "ends_at"], name="contest_state")]

    def __str__(self) -> str:
        return self.name


class ContestPrize(models.Model):
    """So many of one thing. The first prizes are drawn first. With a `coupon` its winners get a code of that pool."""

    contest = models.ForeignKey(Contest, on_delete=models.CASCADE, related_name="prizes", db_index=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("prize"), max_length=120)
    count = models.PositiveIntegerField(_("how many"), default=1)
    coupon = models.ForeignKey(Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("prize")
        verbose_name_plural = _("prizes")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "position"], name="prize_once"),
            models.CheckConstraint(condition=Q(count__gte=1), name="prize_some"),
        ]

    def __str__(self) -> str:
        return self.name


class ContestCode(models.Model):
    """A code that is kept for a prize from the start of its contest until a winner gets it, or it is given back."""

    code = models.OneToOneField(
        CouponCode, primary_key=True, on_delete=models.PROTECT, related_name="kept_for", db_constraint=False
    )
    prize = models.ForeignKey(ContestPrize, on_delete=models.PROTECT, related_name="codes")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.prize_id} {self.code_id}"


class ContestFact(models.Model):
    """Work: something that happened and may be an entry. Written by plain INSERT, deleted by the sweeper."""

    contest = models.ForeignKey(
        Contest, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    customer_id = models.BigIntegerField()
    source = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["contest", "id"], name="contest_fact")]

    def __str__(self) -> str:
        return f"{self.contest_id} {self.source} {self.reference}"


class ContestEntry(models.Model):
    """One lot in the urn; its `id` is the number that is drawn. Once per (contest, customer, source, reference).

    `slot` and `day_slot` count a customer's entries, in all and on the local `day`: these unique rows are the limits.
    At the draw `person` (a code that only who knows the seed and the customer's key can make) and `excluded` (why
    this entry cannot win, "" else) are written down. `customer` is empty once she was erased after a draw.
    """

    class Excluded(models.TextChoices):
        NO = "", _("takes part")
        STAFF = "staff", _("works for us")
        ERASED = "erased", _("was erased")
        MERGED = "merged", _("was merged with another customer")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="entries", db_index=False)
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="contest_entries"
    )
    source = models.CharField(_("source"), max_length=40)
    reference = models.CharField(_("reference"), max_length=120)
    at = models.DateTimeField(_("at"))
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()
    day_slot = models.PositiveSmallIntegerField()
    paid = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.CharField(max_length=16, blank=True, db_default="")
    excluded = models.CharField(
        _("excluded"), max_length=8, choices=Excluded, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("contest entry")
        verbose_name_plural = _("contest entries")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "customer", "source", "reference"], name="contest_entry_once"
            ),
            models.UniqueConstraint(fields=["contest", "customer", "slot"], name="contest_entry_slot"),
            models.UniqueConstraint(
                fields=["contest", "customer", "day", "day_slot"], name="contest_entry_day_slot"
            ),
            models.CheckConstraint(condition=Q(slot__gte=1, day_slot__gte=1), name="contest_entry_counts"),
        ]
        indexes = [models.Index(fields=["contest", "id"], name="contest_entry_number")]

    def __str__(self) -> str:
        return f"{self.contest_id} {self.pk}"


class ContestWinner(models.Model):
    """`place` is where her entry stands in the order of the draw; who replaces somebody stands further back."""

    class State(models.TextChoices):
        DRAWN = "drawn", _("not told yet")
        TOLD = "told", _("told")
        CLAIMED = "claimed", _("claimed")
        REPLACED = "replaced", _("replaced")

    contest = models.ForeignKey(Contest, on_delete=models.PROTECT, related_name="winners", db_index=False)
    prize = models.ForeignKey(ContestPrize, on_delete=models.PROTECT, related_name="winners")
    entry = models.OneToOneField(ContestEntry, on_delete=models.PROTECT, related_name="winner")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="contest_prizes")
    place = models.PositiveIntegerField(_("place"))
    code = models.OneToOneField(
        CouponCode, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAWN)
    reason = models.CharField(_("reason"), max_length=200, blank=True, db_default="")
    at = models.DateTimeField(_("drawn at"))
    told_at = models.DateTimeField(_("told at"), null=True)
    claimed_at = models.DateTimeField(_("claimed at"), null=True)

    class Meta:
        verbose_name = _("winner")
        verbose_name_plural = _("winners")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["contest", "place"], name="winner_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contest_id} {self.place}"
