"""What the forecasts in the roll-up rows rest on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ForecastBasis(models.Model):
    """What the forecasts rest on, one row: how many people, the fitted parameters, how many are in each class.

    `customers` are those with orders, `repeat_buyers` those with two or more. `lacks` says why there are no
    forecasts. `classes` is {RFM class: {"customers", "revenue", "value"}}, sums in minor units, `value` null without
    forecasts. `started_at` is the claim of a run that is at it.
    """

    class Lack(models.TextChoices):
        NOTHING = "", _("nothing is missing")
        CUSTOMERS = "customers", _("too few customers with orders")
        REPEAT_BUYERS = "repeat_buyers", _("too few customers who ordered again")
        FIT = "fit", _("the orders follow no pattern that could be continued")

    at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    customers = models.IntegerField(db_default=0)
    repeat_buyers = models.IntegerField(db_default=0)
    changed = models.IntegerField(db_default=0, help_text="customers whose forecasts the last run changed")
    lacks = models.CharField(max_length=20, choices=Lack, blank=True, db_default="")
    parameters = models.JSONField(default=dict, db_default={})
    classes = models.JSONField(default=dict, db_default={})

    def __str__(self) -> str:
        return f"forecasts of {self.at}"
