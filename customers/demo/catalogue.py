"""The shop itself: stores, category tree and 300 products."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from random import Random

from django.conf import settings
from django.urls import reverse

from customers.demo.assortment import BEAUTY, BRANDS, COLOURS, FOOD, SERIES, SHELVES, Shelf
from customers.demo_shop import Stage, stages
from customers.models import Category, Product, Shop, Store

PRODUCTS = 300
POSTAGE = "VERSAND"
STORES = (
    ("ONLINE", "Kaufhaus Linden online", Store.Kind.ONLINE, "Limmerstraße 12", "30451", "Hannover"),
    ("H1", "Kaufhaus Linden Hannover", Store.Kind.PHYSICAL, "Limmerstraße 12", "30451", "Hannover"),
    ("BS1", "Kaufhaus Linden Braunschweig", Store.Kind.PHYSICAL, "Schuhstraße 4", "38100", "Braunschweig"),
    ("GÖ1", "Kaufhaus Linden Göttingen", Store.Kind.PHYSICAL, "Weender Straße 31", "37073", "Göttingen"),
)


@dataclass(frozen=True)
class Variant:
    shelf: int
    article: int
    series: int
    colour: int

    @property
    def sku(self) -> str:
        return f"{self.shelf + 1:02}{self.article + 1}{self.series + 1}-{self.colour + 1:02}"

    def names(self) -> dict[str, str]:
        shelf = SHELVES[self.shelf]
        german, english, _price = shelf.articles[self.article]
        if shelf.department in (FOOD, BEAUTY):
            return {"de": f"{german} »{SERIES[self.series]}«", "en": f"{english} “{SERIES[self.series]}”"}
        colour = COLOURS[self.colour]
        return {
            "de": f"{german} »{SERIES[self.series]}«, {colour[0]}",
            "en": f"{english} “{SERIES[self.series]}”, {colour[1]}",
        }

    def brand(self) -> str:
        """One brand for all that one shelf has of a series."""
        brands = BRANDS[SHELVES[self.shelf].department]
        return brands[(self.shelf + self.series) % len(brands)]


def variants() -> Iterator[Variant]:
    """Every article in one series and colour, then each in the next, without end."""
    for turn in count():
        for s, shelf in enumerate(SHELVES):
            for a in range(len(shelf.articles)):
                mix = s * 7 + a * 3 + turn * 5
                yield Variant(s, a, (mix + turn) % len(SERIES), mix % len(COLOURS))


def category(shelf: Shelf) -> Category:
    department, _ = Category.objects.get_or_create(
        path=shelf.department[0], defaults={"names": {"de": shelf.department[0], "en": shelf.department[1]}}
    )
    return Category.objects.create(
        path=f"{shelf.department[0]}/{shelf.name[0]}",
        parent=department,
        names={"de": shelf.name[0], "en": shelf.name[1]},
    )


def product(random: Random, variant: Variant, leaf: Category) -> Product:
    shelf = SHELVES[variant.shelf]
    price = shelf.articles[variant.article][2]
    return Product(
        sku=variant.sku,
        names=variant.names(),
        category=leaf,
        brand=variant.brand(),
        price=price,
        cost=round(price / 1.19 * (1 - shelf.margin / 100)),
        currency="EUR",
        stock=random.choice([0, 1, 2, 5, *range(8, 90, 3)]),
        picture=settings.PUBLIC_URL + reverse("demo_picture", args=[variant.sku]),
        link=settings.PUBLIC_URL + reverse("demo_product", args=[variant.sku]),
    )


def postage() -> Product:
    return Product(
        sku=POSTAGE,
        kind=Product.Kind.SERVICE,
        names={"de": "Versand", "en": "Postage"},
        price=495,
        currency="EUR",
    )


@stages.register
class Catalogue(Stage):
    key = "catalogue"
    order = 10

    def build(self, random: Random, at: datetime) -> None:
        Shop.objects.filter(pk=1).update(
            name="Kaufhaus Linden", url=settings.PUBLIC_URL + "/demo/", currency="EUR", languages=["de", "en"]
        )
        Store.objects.bulk_create(
            Store(number=n, name=name, kind=kind, street=street, postal_code=code, city=city, country="DE")
            for n, name, kind, street, code, city in STORES
        )
        leaves = [category(shelf) for shelf in SHELVES]
        chosen = {variant.sku: variant for variant, _ in zip(variants(), range(PRODUCTS), strict=False)}
        products = [product(random, variant, leaves[variant.shelf]) for variant in chosen.values()]
        Product.objects.bulk_create([*products, postage()])
