"""What is learnt each night for recommendations."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from customers.models.product import Product


class ProductAffinity(models.Model):
    """What goes with a product. The whole table is written anew, in one transaction.

    `sold` says how well it sells: orders of the last 30 days, and up to a half for earlier ones. `bought` are ids of
    products that the same people buy, `viewed` those that the same people look at, best first, each with its score
    at the same place. The ids have no foreign key: what is gone or sold out is left out when somebody reads.
    """

    product = models.OneToOneField(
        Product, primary_key=True, on_delete=models.CASCADE, related_name="affinity"
    )
    sold = models.FloatField(db_default=0)
    bought = ArrayField(models.BigIntegerField(), default=list)
    bought_scores = ArrayField(models.FloatField(), default=list)
    viewed = ArrayField(models.BigIntegerField(), default=list)
    viewed_scores = ArrayField(models.FloatField(), default=list)

    def __str__(self) -> str:
        return f"what goes with {self.product_id}"


class RecommendationBasis(models.Model):
    """What the recommendations rest on, one row. `purchases` and `views` are pairs of a person and a product;
    `started_at` is the claim of a run that is at it."""

    at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    products = models.IntegerField(db_default=0)
    purchases = models.IntegerField(db_default=0)
    views = models.IntegerField(db_default=0)

    def __str__(self) -> str:
        return f"recommendations of {self.at}"
