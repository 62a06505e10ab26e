"""Products as a message shows them: plain values, in a language."""

from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from operator import add
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision
from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from customers.models import Product


def money(minor: int | None, currency: str, language: str) -> str:
    """8490, "EUR", "de" -> "84,90 €"; "" without an amount."""
    if minor is None or not currency:
        return ""
    digits = str(abs(minor)).zfill(_precision(currency) + 1)
    first, *rest = _around(len(digits), minor < 0, currency, language)
    return first + "".join(map(add, digits, rest))


@lru_cache(maxsize=4096)
def _around(digits: int, negative: bool, currency: str, language: str) -> list[str]:
    """What Babel writes before, between and behind so many digits: the same whichever they are, and writing each amount
    anew takes it ten times as long as putting its digits in."""
    amount = Decimal("-" * negative + "1" * digits).scaleb(-_precision(currency))
    return format_currency(amount, currency, locale=_parsed(locale(language))).split("1")


_precision = lru_cache(maxsize=256)(get_currency_precision)
_parsed = lru_cache(maxsize=256)(Locale.parse)


@lru_cache(maxsize=256)
def locale(language: str) -> str:
    """A locale that Babel knows, for "de", "de-AT" or something it has never heard of."""
    try:
        return str(Locale.parse(language, sep="-"))
    except (ValueError, UnknownLocaleError):
        return "en"


def absolute(address: str) -> str:
    """Pictures may be stored as paths of this installation; mail needs whole addresses."""
    inside = address.startswith("/") and not address.startswith("//")  # two begin the name of another host
    return settings.PUBLIC_URL + address if inside else address


def own_path(address: str) -> str:
    """The address as a path of this installation; "" for pictures elsewhere, which our pages must not load."""
    path = address.removeprefix(settings.PUBLIC_URL)
    return path if path.startswith("/") else ""


def name_in(names: dict[str, str], language: str, sku: str) -> str:
    for code in (language, language.split("-")[0]):
        if names.get(code):
            return names[code]
    return next((name for name in names.values() if name), sku)


def shown(product: Product, language: str, currency: str = "") -> dict[str, Any]:
    """What a product is in a message: id, name, price ("84,90 €"), picture, link (whole addresses or "")."""
    return {
        "id": product.pk,
        "name": name_in(product.names, language, product.sku),
        "price": money(product.price, product.currency or currency, language),
        "picture": absolute(product.picture),
        "link": absolute(product.link),
    }


def find(text: str, limit: int) -> list[Product]:
    """Merchandise whose article number or name in any language holds `text`; without a text the newest."""
    products = Product.objects.filter(kind=Product.Kind.MERCHANDISE).annotate(
        every_name=Cast("names", TextField())
    )
    words = text.split()[:5]
    for word in words:
        products = products.filter(Q(sku__icontains=word) | Q(every_name__icontains=word))
    return list(products.order_by("-created_at", "-pk")[:limit])


def load(product_ids: Collection[int], language: str, currency: str = "") -> dict[int, dict[str, Any]]:
    """{id: `shown(...)`} in one query; products that are gone are left out."""
    return {p.pk: shown(p, language, currency) for p in Product.objects.filter(pk__in=product_ids)}
