"""People: the customer, her numbers in other systems, and the roll-up of her orders."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import (
    Coalesce,
    Concat,
    ExtractDay,
    ExtractMonth,
    Left,
    Lower,
    Now,
    NullIf,
    Reverse,
    Trim,
)
from django.utils.translation import gettext_lazy as _

from customers.models.origin import Origin
from customers.models.store import Store

ACCENTS = ("àáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿßšžı", "aaaaaaaceeeeiiiinooooooouuuuyysszi")


def folded(*names: str | Combinable) -> Func:
    """The expression of a sort key without case and accents: the built-in collation puts Ö behind Z."""
    texts = [F(name) if isinstance(name, str) else name for name in names]
    text = Lower(Concat(*[part for each in texts for part in (each, Value(" "))]))
    return Func(text, Value(ACCENTS[0]), Value(ACCENTS[1]), function="translate")


def attribute(key: str) -> Coalesce:
    """An attribute as text, empty where there is none."""
    return Coalesce(KeyTextTransform(key, "attributes"), Value(""), output_field=models.CharField())


# Under what a shop or a file may have stated a whole name, which nobody divides by guessing.
WHOLE_NAME = ("name", "Name")
LONGEST_SORTED = 240  # as first and last name together


def whole_name_turned() -> Func:
    """The whole name with its last word in front, for the order of names alone; one with a comma stands so already."""
    stated = Coalesce(*[NullIf(Trim(attribute(key)), Value("")) for key in WHOLE_NAME], Value(""))
    last, turned = Value(r"^([^,]*[^,\s])\s+([^,\s]+)$"), Value(r"\2 \1")
    text = Func(Left(stated, LONGEST_SORTED), last, turned, function="regexp_replace")
    return Func(text, Value(r"[,\s]+"), Value(" "), Value("g"), function="regexp_replace")


class SimpleVector(Func):
    """`to_tsvector` with the `simple` configuration named outright, as a generated column demands."""

    function = "to_tsvector"
    template = "to_tsvector('simple'::regconfig, %(expressions)s)"
    output_field = SearchVectorField()


class CustomerQuerySet(models.QuerySet["Customer"]):
    def living(self) -> "CustomerQuerySet":
        """Without tombstones of merges, and without those of whom nothing may be kept."""
        return self.filter(merged_into=None, erased_at=None)


class Customer(models.Model):
    """A known person. `merged_into` marks a tombstone; `erased_at` one of whom nothing may be kept."""

    class Salutation(models.TextChoices):
        UNKNOWN = "", _("not known")
        MS = "ms", _("Ms")
        MR = "mr", _("Mr")
        NEUTRAL = "neutral", _("neutral")

    key = models.UUIDField(db_default=RandomUUID(), unique=True, editable=False)
    salutation = models.CharField(
        _("salutation"),
        max_length=10,
        choices=Salutation,
        default=Salutation.UNKNOWN,
        db_default="",
        blank=True,
    )
    title = models.CharField(_("title"), max_length=40, blank=True, db_default="")
    first_name = models.CharField(_("first name"), max_length=120, blank=True, db_default="")
    last_name = models.CharField(_("last name"), max_length=120, blank=True, db_default="")
    email = models.CharField(_("e-mail"), max_length=254, blank=True, db_default="")
    phone = models.CharField(_("phone"), max_length=20, blank=True, db_default="", help_text="E.164")
    language = models.CharField(_("language"), max_length=10, blank=True, db_default="")
    country = models.CharField(_("country"), max_length=2, blank=True, db_default="")
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True, db_default="")
    city = models.CharField(_("city"), max_length=120, blank=True, db_default="")
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True, db_default="")
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    home_store = models.ForeignKey(
        Store, verbose_name=_("home store"), null=True, blank=True, on_delete=models.SET_NULL
    )
    attributes = models.JSONField(_("attributes"), default=dict, db_default={}, blank=True)
    acquisition_source = models.CharField(_("acquired by"), max_length=80, blank=True, db_default="")
    acquired_at = models.DateTimeField(_("acquired at"), null=True, blank=True)
    # {field or "attribute:<key>": stamp}: of two messages that state a field, the newer counts (tracking/profiles.py).
    stated_at = models.JSONField(default=dict, db_default={}, editable=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, editable=False, on_delete=models.PROTECT)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    sort_name = models.GeneratedField(
        expression=Case(
            When(first_name="", last_name="", then=folded(whole_name_turned())),
            default=folded("last_name", "first_name"),
        ),
        output_field=models.CharField(max_length=300),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=SimpleVector(
            folded(
                *("first_name", "last_name", "email", "phone", "postal_code", "city"),
                *map(attribute, WHOLE_NAME),
            )
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("view_every_store", "Can see the customers of every store"),
            ("view_personal_data", "Can see names and addresses of customers"),
            ("merge_customer", "Can merge customers who are one person"),
            ("handle_privacy", "Can hand out and erase what is kept about a customer"),
        ]
        indexes = [
            # Of the living alone, so that looking for the first of a name needs no look at the table.
            models.Index(
                fields=["sort_name", "id"],
                name="customer_sort",
                condition=Q(merged_into__isnull=True, erased_at__isnull=True),
            ),
            models.Index(Lower("email"), name="customer_email"),
            models.Index(fields=["phone"], name="customer_phone", condition=~Q(phone="")),
            models.Index(
                OpClass(Reverse("phone"), name="text_pattern_ops"),
                name="customer_phone_end",
                condition=~Q(phone=""),
            ),
            models.Index(fields=["country", "city"], name="customer_place"),
            # Whether somebody may be in a segment at all, without a look at her wide row.
            models.Index(
                fields=["id"],
                name="customer_living",
                condition=Q(merged_into__isnull=True, erased_at__isnull=True),
            ),
            models.Index(fields=["language"], name="customer_language"),
            models.Index(fields=["home_store", "id"], name="customer_store"),
            models.Index(
                ExtractMonth("birthday"),
                ExtractDay("birthday"),
                name="customer_birthday",
                condition=Q(birthday__isnull=False),
            ),
            GinIndex(fields=["search"], name="customer_search"),
            GinIndex(fields=["attributes"], name="customer_attributes", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.name or self.whole_name or self.email or str(self.pk)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def whole_name(self) -> str:
        """As it was stated in one field."""
        stated = (str(self.attributes.get(key) or "").strip() for key in WHOLE_NAME)
        return next(filter(None, stated), "")


class Identity(models.Model):
    """A customer's number in another system. Outside identity is (source, number); an e-mail is not."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    source = models.CharField(_("source"), max_length=80)
    number = models.CharField(_("number"), max_length=120)

    class Meta:
        verbose_name = _("customer number")
        verbose_name_plural = _("customer numbers")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.number}"


class RfmClass(models.TextChoices):
    """What recency, frequency and monetary scores say of a customer together; the keys of `rfm_class`."""

    CHAMPIONS = "champions", _("Champions")
    LOYAL = "loyal", _("Loyal customers")
    PROMISING = "promising", _("Promising")
    NEW = "new", _("New customers")
    NEEDS_ATTENTION = "needs_attention", _("Need attention")
    AT_RISK = "at_risk", _("At risk")
    CANT_LOSE = "cant_lose", _("Cannot lose them")
    HIBERNATING = "hibernating", _("Hibernating")
    LOST = "lost", _("Lost")


class CustomerStats(models.Model):
    """One roll-up row per customer with orders, refunds or behaviour, kept with the facts; a recount proves it.

    Money is in minor units of the shop's currency.
    """

    customer = models.OneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="stats"
    )
    orders = models.IntegerField(db_default=0)
    refunds = models.IntegerField(db_default=0)
    ordered = models.BigIntegerField(_("value of orders"), db_default=0)
    refunded = models.BigIntegerField(_("value of refunds"), db_default=0, help_text=_("never above zero"))
    revenue = models.GeneratedField(
        expression=F("ordered") + F("refunded"), output_field=models.BigIntegerField(), db_persist=True
    )
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    last_order_times = ArrayField(
        models.DateTimeField(), default=list, db_default=[], help_text="newest first, at most ten"
    )
    average_gap = models.BigIntegerField(
        null=True, help_text=_("seconds between orders; empty below two orders")
    )
    last_event_at = models.DateTimeField(null=True)
    last_view_at = models.DateTimeField(null=True)
    last_favourite_at = models.DateTimeField(null=True)
    last_search_at = models.DateTimeField(null=True)
    last_cart_at = models.DateTimeField(null=True)
    last_visit_at = models.DateTimeField(null=True, help_text=_("of a store"))
    last_open_at = models.DateTimeField(null=True, help_text=_("of the app"))
    # Forecasts (customers/forecasts/): empty where there is too little to go by. No recount knows them.
    rfm_class = models.CharField(_("RFM class"), max_length=20, choices=RfmClass, blank=True, db_default="")
    recency_score = models.SmallIntegerField(null=True, help_text=_("1 to 5, the fifth of those who ordered"))
    frequency_score = models.SmallIntegerField(null=True)
    monetary_score = models.SmallIntegerField(null=True)
    next_order_on = models.DateField(
        null=True, help_text=_("half of such orders come by this day; empty below two days with orders")
    )
    lapse_risk = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        null=True,
        help_text=_("the chance, 0 to 1, of no order in the next 365 days"),
    )
    lifetime_value = models.BigIntegerField(
        null=True, help_text=_("expected value of the orders of the next 365 days, refunds taken off")
    )
    forecast_at = models.DateTimeField(null=True, help_text=_("since when the forecasts have these values"))

    class Meta:
        indexes = [
            models.Index(fields=["orders"], name="stats_orders"),
            # With what rules ask of the same people: read from the index alone, not from the wide table. Both columns
            # are indexed already, so including them costs no update more.
            models.Index(fields=["revenue"], include=["customer", "last_order_at"], name="stats_revenue"),
            models.Index(fields=["last_order_at"], name="stats_last_order"),
            models.Index(fields=["rfm_class"], name="stats_rfm_class", condition=~Q(rfm_class="")),
            models.Index(fields=["next_order_on"], name="stats_next_order"),
        ]

    def __str__(self) -> str:
        return f"stats of {self.customer_id}"


class Dirty(models.Model):
    """Work rows: this customer's facts changed. Plain inserts without a unique key (an ignored conflict
    would lose a fact); sweepers delete them with SKIP LOCKED.

    `taken`: an import's fact that segments have taken note of; it stays until all of them have looked at everybody, to
    tell who entered by an import.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, db_constraint=False)
    at = models.DateTimeField(db_default=Now())
    origin = models.CharField(max_length=6, choices=Origin, db_default=Origin.LIVE)
    taken = models.BooleanField(db_default=False)

    class Meta:
        indexes = [models.Index(fields=["id"], name="dirty_waiting", condition=models.Q(taken=False))]

    def __str__(self) -> str:
        return f"dirty {self.customer_id}"
