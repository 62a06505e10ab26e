"""What behaviour, carts and favourites are about: anything, some products, or some categories."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Category
from customers.segments import phrases
from customers.segments.fields import CategoryField, ProductField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

SUBJECTS = [
    ("any", gettext_lazy("any product")),
    ("products", gettext_lazy("these products")),
    ("categories", gettext_lazy("products of these categories")),
]


class SubjectForm(ParamsForm):
    subject = forms.ChoiceField(label=gettext_lazy("of"), choices=SUBJECTS, initial="any")
    products = ProductField(label=gettext_lazy("product"))
    categories = CategoryField(label=gettext_lazy("category"))
    shown = {
        "products": ("subject", frozenset({"products"})),
        "categories": ("subject", frozenset({"categories"})),
    }


def with_those_below(ids: list[int]) -> list[int]:
    """The categories and all below them. Looked up beforehand, so that the planner can count their products."""
    paths = Category.objects.filter(pk__in=ids).values_list("path", flat=True)
    below = Q(pk__in=ids)
    for path in paths:
        below |= Q(path__startswith=f"{path}/")
    return list(Category.objects.filter(below).order_by("pk").values_list("pk", flat=True))


def test(column: Sql, params: dict[str, Any]) -> Sql:
    """Whether the product of this column is meant."""
    if params["subject"] == "products":
        return sql("{} = ANY ({})", column, params["products"])
    if params["subject"] == "categories":
        below = with_those_below(params["categories"])
        return sql(
            "{} IN (SELECT p.id FROM customers_product p WHERE p.category_id = ANY ({}))", column, below
        )
    return Sql("true")


def words(params: dict[str, Any]) -> str:
    """What is meant, as a noun that fits behind any preposition; "" for anything."""
    if params["subject"] == "categories":
        return _("something from the category %s") % phrases.either(
            CategoryField().labels(params["categories"])
        )
    return attribute(params)


def attribute(params: dict[str, Any]) -> str:
    """What is meant, behind the noun that it belongs to; "" for anything."""
    if params["subject"] == "products":
        return phrases.either(ProductField().labels(params["products"]))
    if params["subject"] == "categories":
        return _("from the category %s") % phrases.either(CategoryField().labels(params["categories"]))
    return ""
