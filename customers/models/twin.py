"""That two customers may be one person."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from customers.models.customer import Customer


class TwinHint(models.Model):
    """A source called two known numbers one person (an `alias`). Nothing is done but to show it on both pages."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="twin_hint_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="twin_hint_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}?"
