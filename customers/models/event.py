"""Behaviour: what people did, when, and the keys that make each message count once."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.origin import Origin


class Event(models.Model):
    """Something a customer or visitor did. The table is partitioned by month of `at`, and nothing refers to it.

    `customer_id`, `visitor_id`, `product_id`, `store_id` and `cart_id` are plain numbers without a foreign key: an
    event outlives none of them, but the check on each insert would cost more than the row. `value` is in minor units
    of the shop's currency; `lines` holds what a cart or an order contained: [[product_id, quantity, minor units], ...].
    """

    class Kind(models.TextChoices):
        VIEW = "view", _("Product viewed")
        SEARCH = "search", _("Searched")
        FAVOURITE = "favourite", _("Added to favourites")
        UNFAVOURITE = "unfavourite", _("Removed from favourites")
        CART_ADD = "cart_add", _("Put into the cart")
        CART_REMOVE = "cart_remove", _("Taken out of the cart")
        CART = "cart", _("Cart viewed")
        CHECKOUT = "checkout", _("Checkout started")
        ORDER = "order", _("Order completed")
        REFUND = "refund", _("Order refunded")
        COUPON = "coupon", _("Coupon applied")
        VISIT = "visit", _("Store visited")
        OPEN = "open", _("App opened")
        PAGE = "page", _("Page viewed")
        SCREEN = "screen", _("App screen viewed")
        CUSTOM = "custom", _("Other event")

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("at"))
    received_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(
        _("name"), max_length=120, blank=True, db_default="", help_text=_("of a page or of another event")
    )
    customer_id = models.BigIntegerField(null=True)
    visitor_id = models.BigIntegerField(null=True)
    product_id = models.BigIntegerField(null=True)
    store_id = models.BigIntegerField(null=True)
    cart_id = models.BigIntegerField(null=True)
    value = models.BigIntegerField(null=True)
    properties = models.JSONField(default=dict, db_default={})
    lines = models.JSONField(null=True)
    source = models.CharField(_("source"), max_length=80)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE, db_default="live")

    class Meta:
        managed = False  # Django makes no partitioned tables: customers/migrations/0004_events_by_month.py
        db_table = "customers_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


class EventKey(models.Model):
    """A message that was heard: it counts once, however often it comes.

    `key` is the first 128 bits of the SHA-256 of (source, message id): a hundred million of them stay small.
    `hash` is of the message, so that another message under a used id is noticed. Kept as long as events are.
    """

    key = models.UUIDField(primary_key=True)
    hash = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="event_key_at")]

    def __str__(self) -> str:
        return str(self.key)


class InboxBatch(models.Model):
    """What an API call brought, safe in the database before it is answered; sweepers turn it into facts.

    `body` holds the checked messages as JSON bytes. The row is deleted in the transaction that records them.
    """

    key = models.ForeignKey(
        "customers.ApiKey", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    received_at = models.DateTimeField(db_default=Now())
    messages = models.IntegerField()
    body = models.BinaryField()
    attempts = models.IntegerField(db_default=0)
    fault = models.CharField(max_length=300, blank=True, db_default="")
    parked = models.BooleanField(db_default=False, help_text=_("failed several times; waits for a human"))

    class Meta:
        indexes = [models.Index(fields=["id"], name="inbox_waiting", condition=Q(parked=False))]

    def __str__(self) -> str:
        return f"batch {self.pk} of {self.messages}"


class IngestCount(models.Model):
    """How many messages of a key met which fate, by day: `fate` is recorded, repeated, or a reason for refusal."""

    key = models.ForeignKey("customers.ApiKey", on_delete=models.CASCADE, related_name="counts")
    day = models.DateField()
    what = models.CharField(max_length=40, help_text=_("kind of call or name of the event"))
    fate = models.CharField(max_length=40)
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "day", "what", "fate"], name="ingest_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what} {self.fate} {self.count}"
