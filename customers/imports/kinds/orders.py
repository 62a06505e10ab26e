"""Order lines."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection

from customers import orders
from customers.imports import places, values
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds import order_counts
from customers.imports.kinds.base import ORIGIN, Applied, Item, Reader
from customers.models import Store

ZERO = Decimal(0)
# The column to look at for what `orders.record` refuses.
COLUMNS = {"other_customer": "customer", "amount_size": "unit_price", "cost_size": "cost"}


class OrderReader(Reader):
    """One order line per record. What it decides on is described in docs/import.md."""

    def prepare(self) -> None:
        options, place = self.options, self.place
        if not options.currency:
            raise FileRefused("told", name="currency")
        if not options.zone:
            raise FileRefused("told", name="zone")
        self.terms = orders.Terms(self.job.source, options.currency, options.exchange, options.language)
        self.number_at, self.sku_at, self.name_at = place("number"), place("sku"), place("name")
        self.quantity_at, self.price_at, self.date_at = (
            place("quantity"),
            place("unit_price"),
            place("placed_at"),
        )
        self.customer_at, self.country_at, self.store_at = place("customer"), place("country"), place("store")
        self.currency_at, self.refund_of_at = place("currency"), place("refund_of")
        self.numbers = values.Remembered(values.text("number", 120))
        self.refunds_of = values.Remembered(values.text("refund_of", 120))
        self.customers = values.Remembered(customer_number("customer"))
        self.names = values.Remembered(values.text("name", 300))
        self.articles = values.Remembered(self._article)
        self.quantities = values.Remembered(values.integer("quantity", options.decimal))
        self.prices = values.Remembered(values.number("unit_price", options.decimal))
        self.cost_at, self.costs = place("cost"), values.Remembered(self._cost)
        dates = values.moment("placed_at", options.day_first, ZoneInfo(options.zone), self.latest)
        self.dates = values.Remembered(dates)
        self.countries = values.Remembered(lambda cell: places.country(cell) or "")
        self.stores = set(Store.objects.values_list("number", flat=True))

    def row(self, cells: list[str], line: int) -> orders.Line:
        number = self.numbers[cells[self.number_at]]
        options = self.options
        if not number:
            raise LineRefused("missing", "number")
        if options.adjustment_prefix and number.startswith(options.adjustment_prefix):
            raise LineRefused("adjustment", "number", number)
        price = self.prices[cells[self.price_at]]
        customer = self.customers[cells[self.customer_at]]
        if not price and not customer:
            raise LineRefused("stock_correction", "unit_price", cells[self.price_at])
        sku, service = self.articles[cells[self.sku_at]]
        quantity = self.quantities[cells[self.quantity_at]]
        refund = self._refund(number, quantity)
        if price < ZERO and not service:
            raise LineRefused("negative_price", "unit_price", cells[self.price_at])
        return orders.Line(
            number,
            refund,
            customer,
            self.countries[cells[self.country_at]],
            self._store(cells[self.store_at]),
            self.dates[cells[self.date_at]],
            sku,
            service,
            self.names[cells[self.name_at]],
            quantity,
            self._in_currency(price, cells[self.currency_at]),
            self.refunds_of[cells[self.refund_of_at]],
            line,
            self.costs[cells[self.cost_at]],
        )

    def _refund(self, number: str, quantity: int) -> bool:
        if not quantity:
            raise LineRefused("zero_quantity", "quantity", "0")
        if not self.options.refund_prefix:
            return quantity < 0
        refund = number.startswith(self.options.refund_prefix)
        if refund and quantity > 0:
            raise LineRefused("positive_refund", "quantity", str(quantity))
        return refund

    def _article(self, cell: str) -> tuple[str, bool]:
        sku = values.text("sku", 60)(cell)
        if not sku:
            raise LineRefused("missing", "sku")
        return sku, self.options.is_service(sku)

    def _cost(self, cell: str) -> Decimal | None:
        if not cell.strip():
            return None
        cost = values.number("cost", self.options.decimal)(cell)
        if cost < ZERO:
            raise LineRefused("negative", "cost", cell)
        return cost

    def _store(self, cell: str) -> str:
        number = cell.strip()
        if number and number not in self.stores:
            raise LineRefused("store", "store", cell)
        return number

    def _in_currency(self, price: Decimal, cell: str) -> Decimal:
        if cell and cell.strip().upper() not in ("", self.options.currency):
            raise LineRefused("currency", "currency", cell)
        return price

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        lines: list[orders.Line] = [item.row for item in items]
        joins = order_counts.open_numbers(self.job, lines)
        joins |= {line.number for line in lines if line.position in corrections}
        try:
            recorded = orders.record(lines, self.terms, at, ORIGIN, joins)
        except orders.RateMissing as error:
            raise FileRefused("rate", currency=error.currency, shop=error.shop) from error
        order_counts.keep(self.job, recorded.orders)
        return Applied(
            refused={line: (reason, COLUMNS[reason]) for line, reason in recorded.refused},
            unchanged=Counter(order_known=recorded.known_lines),
            notices=Counter(recorded.counts) + self._cell_counts(items),
        )

    def _cell_counts(self, items: Sequence[Item]) -> Counter[str]:
        """What is decided on single cells."""
        countries = Counter(item.cells[self.country_at].strip() for item in items)
        customers = (item.cells[self.customer_at] for item in items)
        counts: Counter[str] = Counter(
            lines_number_mended=sum(cell.strip().endswith(".0") for cell in customers)
        )
        for name, count in countries.items():
            code = places.country(name)
            if name and not code:
                counts["lines_country_unknown" if code is None else "lines_country_none"] += count
            elif name.casefold() in places.ALIASES:
                counts["lines_country_alias"] += count
        return counts

    def finish(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            return order_counts.whole(cursor, self.job)


def customer_number(column: str) -> Callable[[str], str]:
    """Customer numbers that a spreadsheet has taken for decimal numbers lose their `.0`."""
    parse = values.text(column, 120)

    def clean(cell: str) -> str:
        number = parse(cell)
        return number[:-2] if number.endswith(".0") and number[:-2].isdecimal() else number

    return clean
