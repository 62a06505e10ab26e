"""What a budget allows in one period, in all and to one store, and how much of it is used."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Store
from loyalty.models.coupon import Budget


class BudgetPeriod(models.Model):
    """A row for each period in which something was redeemed, in minor units. `begins_on` is its first day, by the
    calendar of the order. `cap` is the budget's `period_cap` when the period was opened, or was changed while it ran.
    `used` is kept by guarded updates; loyalty/books.py proves it."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="periods", db_index=False)
    begins_on = models.DateField(_("from"))
    cap = models.BigIntegerField(_("at most"))
    used = models.BigIntegerField(_("used"), default=0, db_default=0)

    class Meta:
        verbose_name = _("period of a budget")
        verbose_name_plural = _("periods of budgets")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["budget", "begins_on"], name="budget_period_once"),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("cap")), name="budget_period_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} {self.begins_on}"


class BudgetShare(models.Model):
    """A row for each store and period in which something was redeemed, in minor units; `store` None: orders without
    one. `begins_on` is the first day of the period, by the calendar of the order. `cap` is the budget's `store_cap`
    when the period was opened, or was changed while it ran. `used` is kept by guarded updates; loyalty/books.py proves
    it."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="shares", db_index=False)
    store = models.ForeignKey(Store, null=True, on_delete=models.PROTECT, related_name="+")
    begins_on = models.DateField(_("from"))
    cap = models.BigIntegerField(_("at most"))
    used = models.BigIntegerField(_("used"), default=0, db_default=0)

    class Meta:
        verbose_name = _("store's part of a budget")
        verbose_name_plural = _("stores' parts of budgets")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["budget", "begins_on", "store"], name="budget_share_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("cap")), name="budget_share_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} {self.store_id} {self.begins_on}"
