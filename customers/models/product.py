"""The catalogue."""

from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A node of the category tree. `path` is the whole way down, such as `Home/Kitchen/Mugs`."""

    path = models.CharField(_("path"), max_length=300, unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    names = models.JSONField(_("name per language"), default=dict, db_default={})

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path

    def name_in(self, language: str) -> str:
        """The name in `language`, else in any other, else the last part of the path."""
        return self.names.get(language) or next(iter(self.names.values()), self.path.rpartition("/")[2])


class Product(models.Model):
    """Something on an invoice line. Only merchandise is ever recommended; postage and fees are not."""

    class Kind(models.TextChoices):
        MERCHANDISE = "merchandise", _("Merchandise")
        SERVICE = "service", _("Postage, fee, discount or correction")

    sku = models.CharField(_("article number"), max_length=60)
    kind = models.CharField(
        _("kind"), max_length=12, choices=Kind, default=Kind.MERCHANDISE, db_default="merchandise"
    )
    names = models.JSONField(_("name per language"), default=dict, db_default={})
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="products",
    )
    brand = models.CharField(_("brand"), max_length=120, blank=True, db_default="")
    price = models.BigIntegerField(
        _("price"), null=True, blank=True, help_text=_("minor units, such as cents")
    )
    cost = models.BigIntegerField(
        _("cost"), null=True, blank=True, help_text=_("minor units; gives the margin")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, db_default="")
    stock = models.IntegerField(_("stock"), null=True, blank=True)
    picture = models.CharField(_("picture"), max_length=500, blank=True, db_default="")
    link = models.CharField(_("link"), max_length=500, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(Upper("sku"), name="product_sku_once")]

    def __str__(self) -> str:
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """The name in `language`, else in any other, else the article number."""
        return self.names.get(language) or next(iter(self.names.values()), self.sku)


class ProductChange(models.Model):
    """That the price or the stock of a product changed. Rows are only added. Prices are in minor units."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="changes", db_index=False)
    at = models.DateTimeField(_("at"))
    price_before = models.BigIntegerField(null=True)
    price = models.BigIntegerField(null=True)
    stock_before = models.IntegerField(null=True)
    stock = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("change of price or stock")
        verbose_name_plural = _("changes of price or stock")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["product", "at"], name="product_change_product"),
            models.Index(fields=["at"], name="product_change_at"),
            # What came back into stock, of all that changes (merge_fields/back_in_stock.py).
            models.Index(
                fields=["at", "product"],
                name="product_change_back",
                condition=models.Q(stock_before__lte=0, stock__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.at}"
