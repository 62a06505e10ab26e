"""What the shop's own pages show a customer, and from which cart on it is sent for nothing."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from channels.models.delivery import Delivery
from customers.models import Customer


class RandomUuid(models.Func):
    function = "gen_random_uuid"
    output_field = models.UUIDField()


class InboxMessage(models.Model):
    """A delivery that lies ready for her browser, as plain values. `key` names it there.

    `parts`: picture, link, actions `{label, link}`, gap `{words, reached}`; in its texts and the title `[[gap]]` stands
    for what is missing until free shipping. `targeting`: pages (patterns of paths), cart_from and cart_to (minor units
    of the shop's currency), slot, again. `session`: the hash of the browser session that a one-session offer was
    first seen in. Links are checked when it is written and whenever it is read.
    """

    class Place(models.TextChoices):
        INBOX = "inbox", _("in the inbox only")
        BANNER = "banner", _("as a banner on the page")
        MODAL = "modal", _("as a window over the page")
        SLOT = "slot", _("in a slot of the page")

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="in_app")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.UUIDField(unique=True, db_default=RandomUuid(), editable=False)
    title = models.CharField(_("title"), max_length=500)
    text = models.TextField(_("text"), blank=True)
    parts = models.JSONField(default=dict)
    place = models.CharField(_("place"), max_length=8, choices=Place)
    targeting = models.JSONField(default=dict)
    session_only = models.BooleanField(_("in one session only"), default=False)
    session = models.CharField(max_length=64, blank=True, db_default="")
    created_at = models.DateTimeField(_("sent at"), db_default=Now())
    expires_at = models.DateTimeField(_("shown until"))
    delivered_at = models.DateTimeField(_("fetched at"), null=True)
    seen_at = models.DateTimeField(_("seen at"), null=True)
    read_at = models.DateTimeField(_("read at"), null=True)
    clicked_at = models.DateTimeField(_("clicked at"), null=True)
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True)
    removed_at = models.DateTimeField(_("removed at"), null=True)

    class Meta:
        verbose_name = _("message in the shop")
        verbose_name_plural = _("messages in the shop")
        default_permissions = ("view",)
        indexes = [
            models.Index(
                fields=["customer", "-created_at"], name="inbox_open", condition=Q(removed_at__isnull=True)
            ),
            models.Index(fields=["expires_at"], name="inbox_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.key)


class FreeShipping(models.Model):
    """From which cart on shipping is free: `amount` in minor units of `currency`. `country` "": everywhere else."""

    country = models.CharField(_("country"), max_length=2, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("free from"))

    class Meta:
        verbose_name = _("free shipping")
        verbose_name_plural = _("free shipping")
        default_permissions = ("view", "change")
        ordering = ["country", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["country", "currency"], name="free_shipping_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="free_shipping_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.currency}".strip()
