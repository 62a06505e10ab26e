"""What calls about codes and gift cards hold."""

from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field

from customers.api.rows import Article, Currency, Money, Name, Number, Pieces, Reference, Store, Text

Code = Annotated[str, Field(min_length=1, max_length=200, description="as it was typed")]
Visitor = Annotated[Text, Field(max_length=120, description="for whom of its visitors the shop asks")]


class Row(Schema):
    model_config = ConfigDict(extra="forbid")


class Line(Row):
    """`amount` is that of all pieces, after discounts of the shop's own."""

    sku: Article
    quantity: Pieces = 1
    amount: Money
    category: Name = ""
    brand: Name = ""


class BasketRow(Row):
    currency: Annotated[Currency, Field(min_length=3)]
    lines: Annotated[list[Line], Field(max_length=500)]
    store: Store = ""
    channel: Annotated[Text, Field(max_length=20, description="such as web, app, till")] = ""


class Check(Row):
    code: Code
    basket: BasketRow
    customer: Reference = ""
    visitor: Visitor = ""
    order: Annotated[
        Reference, Field(description="with it, what is on the order already is looked at too")
    ] = ""


class PublicCheck(Row):
    """`link` instead of `code`: what an apply link brought along. `writeKey`: a browser key, where no header carries
    one. What cannot be a code is answered like one that does not exist."""

    code: str = ""
    link: str = ""
    basket: BasketRow
    visitor: Visitor = ""
    writeKey: Annotated[str, Field(max_length=100)] = ""


class Redeem(Check):
    order: Number


class Ended(Row):
    """`reference` is the Idempotency-Key of the call that reserved or redeemed."""

    reference: Annotated[Text, Field(min_length=1, max_length=100)]


class IssueCode(Row):
    customer: Number


class Balance(Row):
    code: str
    store: Store = ""
    visitor: Visitor = ""
    writeKey: Annotated[str, Field(max_length=100)] = ""


class Charge(Row):
    code: Code
    amount: Money
    currency: Annotated[Currency, Field(min_length=3)]
    order: Number
    store: Store = ""
    visitor: Visitor = ""


class Refund(Row):
    """`charge` is the Idempotency-Key of the payment."""

    charge: Annotated[Text, Field(min_length=1, max_length=100)]
    amount: Money
    currency: Annotated[Currency, Field(min_length=3)]
    store: Store = ""


class Lease(Row):
    code: Code
    till: Annotated[Text, Field(min_length=1, max_length=40)]
    quantity: Annotated[int, Field(ge=1, le=200)]
    most: Annotated[Money, Field(gt=0, description="each redemption at most")]
    store: Store = ""


class Told(Row):
    sequence: Annotated[int, Field(ge=1, lt=2**63)]
    order: Number
    amount: Money
    at: AwareDatetime


class Sync(Row):
    """`done`: what was not used is given back now."""

    lease: Annotated[str, Field(max_length=500)]
    rows: Annotated[list[Told], Field(max_length=500)]
    done: bool = False
