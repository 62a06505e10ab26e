"""The rows that shops and tills send."""

from decimal import Decimal
from typing import Annotated, Any

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from customers.tracking.fields import is_link


def _currency(code: str) -> str:
    if code and code.upper() not in get_global("all_currencies"):
        raise ValueError("is no ISO 4217 code")
    return code.upper()


def _link(text: str) -> str:
    if text and not is_link(text, None):
        raise ValueError("is no web address")
    return text


def _email(text: str) -> str:
    try:
        if text:
            validate_email(text)
    except ValidationError:
        raise ValueError("is no e-mail address") from None
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds control characters")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
Number = Annotated[Text, Field(min_length=1, max_length=120)]
Article = Annotated[Text, Field(min_length=1, max_length=60)]
Reference = Annotated[Text, Field(max_length=120)]
Name = Annotated[Text, Field(max_length=300)]
Brand = Annotated[Text, Field(max_length=120)]
Language = Annotated[Text, Field(min_length=2, max_length=10)]
Store = Annotated[Text, Field(max_length=20)]
Currency = Annotated[str, AfterValidator(_currency)]
Email = Annotated[Text, Field(max_length=254), AfterValidator(_email)]
Link = Annotated[Text, Field(max_length=500), AfterValidator(_link)]
Money = Annotated[Decimal, Field(ge=0, lt=10**10, decimal_places=4)]
Wording = Annotated[str, Field(max_length=120)]
Pieces = Annotated[int, Field(ge=1, lt=100_000)]


class Row(Schema):
    model_config = ConfigDict(extra="forbid")


class ProductRow(Row):
    """Only what is stated changes. `category` is a path such as `Home/Kitchen/Mugs`."""

    sku: Article
    names: dict[Language, Name] = {}
    price: Money | None = None
    cost: Money | None = None
    currency: Currency = ""
    stock: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    category: Name = ""
    brand: Brand = ""
    picture: Link = ""
    link: Link = ""
    service: bool | None = None


class LineRow(Row):
    sku: Article
    name: Name = ""
    quantity: Pieces = 1
    unit_price: Money | None = None
    cost: Money | None = None


class OrderRow(Row):
    """An order, or with `refund_of` a refund: of these lines, of this total, or else of all that is left.

    A line's `cost` is what one piece costs the shop; where it is not told, the catalogue's counts.

    `opt_in` says whether the buyer wants messages at `email`: she is asked by mail, and only then written to.
    `similar_goods` and `notice_at_collection`: the wordings by which she was told, when she gave her address, that she
    may be written to about similar goods and can object at any time (§ 7 (3) UWG). Both or neither.
    """

    number: Number
    placed_at: AwareDatetime
    customer: Reference = ""
    visitor: Reference = ""
    email: Email = ""
    opt_in: bool | None = None
    similar_goods: Wording = ""
    notice_at_collection: Wording = ""
    store: Store = ""
    currency: Currency = ""
    exchange_rate: Annotated[Decimal, Field(gt=0, lt=10**6)] | None = None
    total: Money | None = None
    shipping: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    lines: Annotated[list[LineRow], Field(max_length=500)] = []
    refund_of: Reference = ""

    @model_validator(mode="after")
    def has_content(self) -> "OrderRow":
        if not self.refund_of and not self.lines and self.total is None:
            raise ValueError("An order needs lines or a total.")
        return self


class VisitRow(Row):
    at: AwareDatetime
    store: Store = ""
    customer: Reference = ""
    visitor: Reference = ""


def _shown(schema: type[Row]) -> WithJsonSchema:
    """Of any object, so that a bad row is answered by itself: what it should be, for the API's page."""
    shown = schema.model_json_schema()
    shown.pop("$defs", None)
    if "lines" in shown["properties"]:
        shown["properties"]["lines"]["items"] = LineRow.model_json_schema()
    return WithJsonSchema(shown)


class Products(Schema):
    products: list[Annotated[dict[str, Any], _shown(ProductRow)]]


class Orders(Schema):
    orders: list[Annotated[dict[str, Any], _shown(OrderRow)]]


class Visits(Schema):
    visits: list[Annotated[dict[str, Any], _shown(VisitRow)]]
