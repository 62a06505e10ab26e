"""Carts and favourites: what people want and have not bought yet."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.order import Order
from customers.models.product import Product
from customers.models.visitor import Visitor


class Cart(models.Model):
    """A cart, derived from the cart's events and therefore the same in whatever order they come.

    Identity is (source, number). `value` is in minor units of `currency`.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        BOUGHT = "bought", _("bought")
        ABANDONED = "abandoned", _("abandoned")

    source = models.CharField(_("source"), max_length=80)
    number = models.CharField(_("number"), max_length=160)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="carts", db_index=False
    )
    visitor = models.ForeignKey(
        Visitor, null=True, blank=True, on_delete=models.SET_NULL, related_name="carts", db_index=False
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN, db_default="open")
    currency = models.CharField(_("currency"), max_length=3, blank=True, db_default="")
    value = models.BigIntegerField(_("value"), db_default=0)
    items = models.IntegerField(_("items"), db_default=0)
    restore_url = models.CharField(_("restore link"), max_length=500, blank=True, db_default="")
    opened_at = models.DateTimeField(_("opened at"))
    last_activity_at = models.DateTimeField(_("last activity"))
    closed_at = models.DateTimeField(_("bought at"), null=True)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.SET_NULL, related_name="carts")
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="cart_once")]
        indexes = [
            models.Index(
                fields=["customer", "last_activity_at"], name="cart_customer", include=["state", "value"]
            ),
            models.Index(
                fields=["state", "last_activity_at"], name="cart_state", include=["customer", "value"]
            ),
            models.Index(fields=["visitor"], name="cart_visitor", condition=Q(visitor__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class CartLine(models.Model):
    """What is in a cart. `amount` is quantity x unit price in minor units of the cart's currency."""

    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.IntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cart", "product"], name="cart_line_once")]
        indexes = [models.Index(fields=["product", "cart"], name="cart_line_product")]

    def __str__(self) -> str:
        return f"{self.cart_id}/{self.product_id}"


class Favourite(models.Model):
    """A product that somebody put on her list, since when; `removed_at` when she took it off again."""

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="favourites", db_index=False
    )
    visitor = models.ForeignKey(
        Visitor, null=True, blank=True, on_delete=models.CASCADE, related_name="favourites", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    added_at = models.DateTimeField(_("added at"))
    removed_at = models.DateTimeField(_("removed at"), null=True)

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product"],
                name="favourite_of_customer",
                condition=Q(customer__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["visitor", "product"], name="favourite_of_visitor", condition=Q(customer__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["product", "customer"], name="favourite_product")]

    def __str__(self) -> str:
        return f"{self.customer_id or self.visitor_id} likes {self.product_id}"
