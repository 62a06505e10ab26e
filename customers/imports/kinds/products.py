"""Products: the catalogue, known by the article number."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from babel.core import get_global
from babel.numbers import get_currency_precision

from customers import products
from customers.imports import columns, values
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds.base import ORIGIN, Applied, Item, Reader
from customers.imports.kinds.plugins import parsed, write
from customers.models import Product

YES = {"yes", "y", "true", "1", "ja", "j", "wahr", "x"}
NO = {"no", "n", "false", "0", "nein", "falsch", "-"}


class Row(NamedTuple):
    article: products.Article
    added: dict[str, Any]


class ProductReader(Reader):
    """One article per record. An empty cell leaves what is known."""

    def prepare(self) -> None:
        options = self.options
        if not options.currency and {"price", "cost"} & set(self.places):
            raise FileRefused("told", name="currency")
        self.sku = values.text("sku", 60)
        self.prices = {
            name: values.Remembered(values.number(name, options.decimal)) for name in ("price", "cost")
        }
        self.stock = values.integer("stock", options.decimal)
        self.added = columns.added(columns.Kind.PRODUCTS)

    def row(self, cells: list[str], line: int) -> Row:
        sku = self.sku(cells[self.places["sku"]])
        if not sku:
            raise LineRefused("missing", "sku")
        stated = {key: cells[place].strip() for key, place in self.places.items() if cells[place].strip()}
        currency = self._currency(stated)
        article = products.Article(
            sku,
            self._kind(sku, stated),
            self._names(stated),
            category(stated["category"]) if "category" in stated else None,
            self._money("price", stated, currency),
            self._money("cost", stated, currency),
            currency if {"price", "cost"} & set(stated) else None,
            self.stock(stated["stock"]) if "stock" in stated else None,
            url("picture", stated["picture"]) if "picture" in stated else None,
            url("link", stated["link"]) if "link" in stated else None,
            values.text("brand", 120)(stated["brand"]) if "brand" in stated else None,
        )
        return Row(article, parsed(self.added, stated, self.options))

    def _names(self, stated: dict[str, str]) -> dict[str, str]:
        languages = {"name": self.options.language, "name_de": "de", "name_en": "en"}
        return {
            language: values.text(key, 300)(stated[key])
            for key, language in languages.items()
            if key in stated
        }

    def _kind(self, sku: str, stated: dict[str, str]) -> str | None:
        if "service" in stated:
            return str(
                Product.Kind.SERVICE if yes_no("service", stated["service"]) else Product.Kind.MERCHANDISE
            )
        return str(Product.Kind.SERVICE) if self.options.is_service(sku) else None

    def _currency(self, stated: dict[str, str]) -> str:
        currency = stated.get("currency", self.options.currency).upper()
        if currency and currency not in get_global("all_currencies"):
            raise LineRefused("currency", "currency", currency)
        return currency

    def _money(self, column: str, stated: dict[str, str], currency: str) -> int | None:
        if column not in stated:
            return None
        value = self.prices[column][stated[column]]
        if value < 0:
            raise LineRefused("negative", column, stated[column])
        minor = value * Decimal(10) ** get_currency_precision(currency)
        return int(minor.to_integral_value(ROUND_HALF_UP))

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        articles = [item.row.article for item in items]
        recorded = products.record(articles, at, ORIGIN, self.options.language or "en")
        ids = {item.line: recorded.ids[item.row.article.sku.upper()] for item in items}
        notices = Counter(products_made=len(recorded.made), products_changed=len(recorded.changed))
        lines = {line: [product_id] for line, product_id in ids.items()}
        notices.update(write(self.added, items, lines, at, self.job))
        touched = recorded.made | recorded.changed
        same = sum(ids[item.line] not in touched and not item.row.added for item in items)
        return Applied(unchanged=Counter(same=same), notices=notices)


def category(cell: str) -> str:
    """A path such as `Home/Kitchen/Mugs`, from levels divided by `>` or `/`."""
    levels = cell.split(">") if ">" in cell else cell.split("/")
    path = "/".join(" ".join(level.split()) for level in levels if level.strip())
    return values.text("category", 300)(path)


def url(column: str, cell: str) -> str:
    try:
        parts = urlsplit(cell)
    except ValueError as error:
        raise LineRefused("url", column, cell) from error
    if parts.scheme not in ("http", "https") or not parts.netloc or any(char.isspace() for char in cell):
        raise LineRefused("url", column, cell)
    return values.text(column, 500)(cell)


def yes_no(column: str, cell: str, reason: str = "yes_no") -> bool:
    word = cell.casefold()
    if word not in YES | NO:
        raise LineRefused(reason, column, cell)
    return word in YES
