"""What a customer says that she is interested in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.product import Category


class Interest(models.Model):
    """A category that a customer picked herself, since when; `withdrawn_at` when she took it off again."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interests", db_index=False)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+", db_index=False)
    stated_at = models.DateTimeField(_("stated at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["customer", "category"], name="interest_once")]
        indexes = [models.Index(fields=["category", "customer"], name="interest_category")]

    def __str__(self) -> str:
        return f"{self.customer_id} is interested in {self.category_id}"
