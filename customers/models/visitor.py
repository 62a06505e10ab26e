"""Visitors: whoever uses a browser or an app, until she says who she is and after."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class Visitor(models.Model):
    """One browser or app, by the first-party id that it gave itself. `customer` is filled in when she identifies
    herself, and never changes to another one: another identity starts a new visitor."""

    anonymous_id = models.CharField(_("visitor"), max_length=120, unique=True)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="visitors"
    )
    first_seen_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    identified_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return self.anonymous_id
