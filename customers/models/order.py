"""Orders and refunds with their lines."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.origin import Origin
from customers.models.product import Product
from customers.models.store import Store


class Order(models.Model):
    """An order, or a refund (`kind`), whose lines and total are negative.

    Anonymous orders have no customer. Identity is (source, number). `total` is in minor units of `currency`;
    `base_total` the same in the shop's currency, at the rate of the day it was recorded.
    """

    # Foreign keys without an index of their own are the first column of one below.

    class Kind(models.TextChoices):
        ORDER = "order", _("Order")
        REFUND = "refund", _("Refund")

    source = models.CharField(_("source"), max_length=80)
    number = models.CharField(_("number"), max_length=120)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.ORDER, db_default="order")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    refund_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="refunds"
    )
    # What the source says. It stays when that order has not come yet; `refund_of` follows when it does.
    refund_of_number = models.CharField(_("number of the original"), max_length=120, null=True, blank=True)  # noqa: DJ001 (a refund that names no order has none)
    placed_at = models.DateTimeField(_("placed at"))
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total"), db_default=0)
    base_total = models.BigIntegerField(_("total in the shop's currency"), db_default=0)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.LIVE, db_default="live")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="order_once")]
        indexes = [
            models.Index(
                fields=["customer", "placed_at"], name="order_customer", include=["kind", "base_total"]
            ),
            models.Index(
                fields=["placed_at"], name="order_placed", include=["customer", "kind", "base_total"]
            ),
            models.Index(fields=["store", "placed_at"], name="order_store", include=["customer", "kind"]),
            models.Index(
                fields=["source", "refund_of_number"],
                name="order_refund_waits",
                condition=models.Q(refund_of_number__isnull=False, refund_of__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def margin(self) -> int | None:
        """The total less what the goods cost and a tax that has a line of its own, in minor units; None while a cost is
        not known. Postage, fees and discounts count as they are where they have no cost; prices that hold the tax do
        so here too."""
        lines = list(self.lines.all())
        goods = [line.cost for line in lines if line.product.kind == Product.Kind.MERCHANDISE]
        if not lines or None in goods:
            return None
        tax = sum(line.amount for line in lines if line.is_tax())
        return self.total - tax - sum(line.cost or 0 for line in lines)


class OrderLine(models.Model):
    """One line. `amount` is quantity x unit price, rounded half up to minor units; `cost` is what all its pieces cost
    the shop, in the order's currency, below zero where pieces come back. It is that of the day the line was recorded.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.IntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lines", db_index=False)
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, help_text=_("in major units"))
    amount = models.BigIntegerField(help_text=_("minor units"))
    cost = models.BigIntegerField(null=True, blank=True, help_text=_("minor units; empty: not known"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "position"], name="line_once")]
        indexes = [models.Index(fields=["product", "order"], name="line_product")]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    def is_tax(self) -> bool:
        """The line that tracking writes for a tax that comes on top of the prices."""
        return self.product.kind == Product.Kind.SERVICE and self.product.sku.lower() == "tax"
