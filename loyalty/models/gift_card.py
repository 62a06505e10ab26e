"""Gift cards: the card, and its ledger of signed bookings. `balance` is a cache that loyalty/books.py proves.

The code is money: only a keyed hash of it is kept (gift_cards/codes.py), with its last four symbols for people.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Store


class GiftCard(models.Model):
    """Can be used until the end of `ends_on` (`ends_at` is that as an instant, half open), in the accepted stores, in
    any if none is named. `balance` is in minor units of `currency`."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        BLOCKED = "blocked", _("blocked")
        VOID = "void", _("void")

    class Vat(models.TextChoices):
        MULTI = "multi", _("multi-purpose: taxed when it is used")
        SINGLE = "single", _("single-purpose: taxed when it is sold")

    hash = models.CharField(max_length=64, unique=True, editable=False)
    last4 = models.CharField(_("ends in"), max_length=4)
    currency = models.CharField(_("currency"), max_length=3)
    balance = models.BigIntegerField(_("balance"), default=0, db_default=0)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.ACTIVE)
    vat = models.CharField(_("VAT"), max_length=6, choices=Vat, default=Vat.MULTI)
    store = models.ForeignKey(
        Store, verbose_name=_("sold in"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_in = models.ManyToManyField(
        Store, verbose_name=_("accepted in"), blank=True, related_name="gift_cards"
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="gift_cards",
    )
    issued_at = models.DateTimeField(_("issued at"))
    ends_on = models.DateField(_("valid until"))
    ends_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        permissions = [("charge_giftcard", "Can book on gift cards")]
        constraints = [
            models.CheckConstraint(condition=Q(balance__gte=0), name="gift_card_not_negative"),
            models.CheckConstraint(condition=~Q(state="void") | Q(balance=0), name="gift_card_void_empty"),
        ]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="gift_card_newest"),
            models.Index(fields=["last4"], name="gift_card_last4"),
        ]

    def __str__(self) -> str:
        return f"…{self.last4}"


class GiftEntry(models.Model):
    """One booking, signed, never 0; a trigger refuses changes. `source` and `reference` are the caller's key."""

    class Kind(models.TextChoices):
        ISSUE = "issue", _("issued")
        CHARGE = "charge", _("paid with it")
        REFUND = "refund", _("paid back")
        TOP_UP = "top_up", _("topped up")
        VOID = "void", _("made void")

    card = models.ForeignKey(
        GiftCard,
        verbose_name=_("gift card"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    amount = models.BigIntegerField(_("amount"))
    order_key = models.CharField(_("order"), max_length=120, blank=True)
    store = models.ForeignKey(
        Store, verbose_name=_("store"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reverses = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="refunds"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    source = models.CharField(_("source"), max_length=80)
    reference = models.CharField(_("reference"), max_length=255)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("booking on a gift card")
        verbose_name_plural = _("bookings on gift cards")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["source", "reference"], name="gift_entry_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["issue", "refund", "top_up"], amount__gt=0)
                | Q(kind__in=["charge", "void"], amount__lt=0),
                name="gift_entry_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", reverses__isnull=False)
                | (~Q(kind="refund") & Q(reverses__isnull=True)),
                name="gift_entry_refund_names_charge",
            ),
        ]
        indexes = [models.Index(fields=["card", "at", "id"], name="gift_entry_card")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class CodeTries(models.Model):
    """How often codes were tried in vain, hour by hour, at a door, with a key or none: nobody is named."""

    hour = models.DateTimeField(_("hour"))
    door = models.CharField(_("door"), max_length=20)
    api_key = models.ForeignKey(
        "customers.ApiKey", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    refused = models.IntegerField(_("refused"), default=0)
    throttled = models.IntegerField(_("held back"), default=0)

    class Meta:
        verbose_name = _("codes tried in vain")
        verbose_name_plural = _("codes tried in vain")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["hour", "door", "api_key"], name="code_tries_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H} {self.door}"
