"""What the columns of a file may mean: our own, and those that the folders `import_columns` of any app add."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from config.registry import Registry
from customers.models import ImportJob, Origin

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from customers.imports.options import Options

Kind = ImportJob.Kind
ATTRIBUTE = "attribute:"
PROPERTY = "property:"
PROOF, GIVEN_AT = "permission_proof", "permission_given_at"


@dataclass(frozen=True)
class Column:
    """A meaning that one column of a file may have; `words` are the headers it is known by, in small letters
    without blanks and signs, divided by blanks."""

    key: str
    label: "StrPromise"
    words: str = ""
    required: bool = False


@dataclass(frozen=True)
class Batch:
    """What a plug-in gets of a chunk: `rows` of (id of the customer or product, value, line of the file), and the
    values `beside` them that other plug-ins' columns have, by key and line. A line of a contact list has a row for
    each of the people who share its address."""

    rows: Sequence[tuple[int, Any, int]]
    at: datetime
    origin: Origin
    source: str
    file_name: str
    counts: dict[str, int] = field(default_factory=dict)
    beside: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)


class ImportColumn:
    """A column that another part understands.

    `parse` turns a cell that is not empty into a value, or raises LineRefused, which refuses the line. `write`
    records the values of at most 10,000 lines inside the chunk's transaction, by a fixed number of statements;
    it may count what it decided in `batch.counts`, under keys it has told `reasons.NOTICES`. A column that
    `is_moment` holds times: the file's order of day and month and its zone are found out for it too.
    """

    key: str
    label: "StrPromise"
    kinds: tuple[Kind, ...] = (Kind.CUSTOMERS,)
    words: str = ""
    is_moment: bool = False

    def parse(self, text: str, options: "Options") -> Any:
        return text

    def write(self, batch: Batch) -> None:
        raise NotImplementedError


import_columns: Registry[ImportColumn] = Registry("import_columns")

ORDERS = (
    Column(
        "number",
        _("Order number"),
        "invoiceno invoice ordernumber orderno orderid order bestellnummer bestellnr auftragsnummer auftragsnr "
        "rechnungsnummer rechnungsnr belegnummer belegnr bonnummer bonnr",
        required=True,
    ),
    Column(
        "placed_at",
        _("Date of the order"),
        "invoicedate orderdate placedat createdat date datetime bestelldatum auftragsdatum rechnungsdatum "
        "belegdatum bestelltam kaufdatum datum",
        required=True,
    ),
    Column(
        "sku",
        _("Article number"),
        "stockcode sku articlenumber articleno productid productcode itemnumber artikelnummer artikelnr artnr "
        "lineitemsku article artikel",
        required=True,
    ),
    Column("quantity", _("Quantity"), "quantity qty lineitemquantity menge anzahl stückzahl", required=True),
    Column(
        "unit_price",
        _("Price of one"),
        "unitprice price itemprice lineitemprice einzelpreis stückpreis preis",
        required=True,
    ),
    Column(
        "customer",
        _("Customer number"),
        "customerid customernumber customerno customer kundennummer kundennr kundenid kunde kdnr",
    ),
    Column(
        "name",
        _("Name of the article"),
        "description productname itemname lineitemname article bezeichnung artikelbezeichnung artikelname "
        "artikel produkt beschreibung",
    ),
    Column("country", _("Country"), "country countrycode billingcountry land ländercode"),
    Column("store", _("Store number"), "store storenumber storeid filiale filialnummer filialnr shop"),
    Column("currency", _("Currency"), "currency currencycode währung"),
    Column(
        "refund_of",
        _("Order that is refunded"),
        "refundof originalinvoice originalorder ursprungsbestellung ursprungsrechnung stornozu",
    ),
    Column(
        "cost",
        _("Purchase price of one"),
        "cost unitcost costprice purchaseprice cogs einkaufspreis ek ekpreis kosten einstandspreis",
    ),
)
CUSTOMERS = (
    Column("number", _("Customer number"), ORDERS[5].words + " id number nummer", required=True),
    Column("email", _("E-mail"), "email emailaddress mail emailadresse"),
    Column("phone", _("Phone"), "phone phonenumber mobile telefon telefonnummer handy mobil"),
    Column("salutation", _("Salutation"), "salutation anrede gender geschlecht"),
    Column("title", _("Title"), "title titel academictitle"),
    Column("first_name", _("First name"), "firstname givenname vorname"),
    Column("last_name", _("Last name"), "lastname surname familyname nachname familienname"),
    Column("language", _("Language"), "language locale sprache"),
    Column("country", _("Country"), "country countrycode land ländercode"),
    Column("postal_code", _("Postal code"), "postalcode zip zipcode postcode plz postleitzahl"),
    Column("city", _("City"), "city town ort stadt wohnort"),
    Column("time_zone", _("Time zone"), "timezone zeitzone"),
    Column("birthday", _("Birthday"), "birthday birthdate dateofbirth geburtstag geburtsdatum"),
    Column("home_store", _("Home store"), "homestore store stammfiliale filiale filialnummer"),
    Column("acquisition_source", _("Acquired by"), "acquisitionsource source herkunft quelle"),
    Column(
        "acquired_at",
        _("Acquired on"),
        "acquiredat createdat customersince registeredat kundeseit angelegtam",
    ),
)
PRODUCTS = (
    Column("sku", _("Article number"), ORDERS[2].words, required=True),
    Column("name", _("Name"), "name title " + ORDERS[6].words),
    Column("name_de", _("Name in German"), "namede namedeutsch"),
    Column("name_en", _("Name in English"), "nameen nameenglish nameenglisch"),
    Column("category", _("Category"), "category categorypath kategorie warengruppe kategoriepfad"),
    Column("brand", _("Brand"), "brand brandname manufacturer marke markenname hersteller"),
    Column("price", _("Price"), "price unitprice retailprice preis verkaufspreis vk einzelpreis"),
    Column("cost", _("Cost"), "cost costprice einkaufspreis ek kosten"),
    Column("currency", _("Currency"), "currency währung"),
    Column("stock", _("Stock"), "stock inventory quantity bestand lagerbestand menge"),
    Column("picture", _("Picture"), "picture image imageurl bild bildurl"),
    Column("link", _("Link"), "link url producturl produktlink"),
    Column("service", _("Postage or fee"), "service isservice dienstleistung"),
)
WHO = (
    ORDERS[5],
    CUSTOMERS[1],
    Column(
        "visitor",
        _("Browser or app"),
        "visitor visitorid anonymousid clientid deviceid cookieid besucher besucherid geräteid",
    ),
)
EVENTS = (
    Column(
        "at",
        _("Time"),
        "timestamp time eventtime occurredat sentat createdat datetime date zeit zeitpunkt zeitstempel uhrzeit datum",
        required=True,
    ),
    Column(
        "kind",
        _("What happened"),
        "event eventname eventtype type action ereignis ereignisart ereignistyp aktion art vorgang",
        required=True,
    ),
    *WHO,
    Column("sku", _("Article number"), ORDERS[2].words),
    Column("product_name", _("Name of the article"), ORDERS[6].words),
    Column("quantity", _("Quantity"), ORDERS[3].words),
    Column("unit_price", _("Price of one"), ORDERS[4].words),
    Column(
        "name", _("Search words, page or coupon"), "name query searchterm search page suchbegriff suche seite"
    ),
    Column("store", _("Store number"), ORDERS[8].words),
    Column("cart", _("Cart number"), "cartid cartnumber cart basket basketid warenkorb warenkorbnummer"),
    Column("order", _("Order number"), ORDERS[0].words),
    Column("value", _("Value"), "value total revenue amount wert betrag summe umsatz"),
    Column("currency", _("Currency"), ORDERS[9].words),
    Column(
        "message_id",
        _("Number of the event"),
        "messageid eventid uuid id ereignisid ereignisnummer nachrichtenid",
    ),
    Column("properties", _("Properties as JSON"), "properties props eigenschaften json payload"),
)
CARTS = (
    Column("number", _("Cart number"), EVENTS[11].words + " id number nummer", required=True),
    Column("sku", _("Article number"), ORDERS[2].words, required=True),
    Column(
        "last_activity",
        _("Last activity"),
        "lastactivity lastactivityat updatedat abandonedat letzteaktivität letzteänderung geändertam "
        "verlassenam " + ORDERS[1].words,
        required=True,
    ),
    *WHO,
    Column("quantity", _("Quantity"), ORDERS[3].words),
    Column("unit_price", _("Price of one"), ORDERS[4].words),
    Column("name", _("Name of the article"), ORDERS[6].words),
    Column("currency", _("Currency"), ORDERS[9].words),
    Column(
        "restore_url",
        _("Restore link"),
        "restoreurl restorelink carturl checkouturl abandonedcheckouturl recoveryurl link url warenkorblink "
        "wiederherstellungslink",
    ),
    Column("state", _("Open or bought"), "state status zustand stand"),
    Column("order", _("Order number"), ORDERS[0].words),
)
CONTACTS = (
    Column("email", _("E-mail"), CUSTOMERS[1].words + " emailadress adresse address", required=True),
    *(column for column in CUSTOMERS if column.key not in ("number", "email")),
    Column("name", _("Full name"), "name fullname vollername kontakt contact kundenname"),
)
OWN = {
    Kind.ORDERS: ORDERS,
    Kind.CUSTOMERS: CUSTOMERS,
    Kind.PRODUCTS: PRODUCTS,
    Kind.EVENTS: EVENTS,
    Kind.CARTS: CARTS,
    Kind.CONTACTS: CONTACTS,
}
# What a column without a meaning of ours may become: an attribute of the customer, or a property of the event.
FREE = {Kind.CUSTOMERS: ATTRIBUTE, Kind.CONTACTS: ATTRIBUTE, Kind.EVENTS: PROPERTY}


def added(kind: str) -> list[ImportColumn]:
    """The columns that plug-ins add to files of this kind."""
    return [column for column in import_columns if kind in column.kinds]


def moments(kind: str) -> list[str]:
    """The plug-ins' columns that hold times."""
    return [column.key for column in added(kind) if column.is_moment]


def of(kind: str) -> list[Column]:
    """All columns of a kind of file, ours first."""
    return [*OWN[Kind(kind)], *(Column(c.key, c.label, c.words) for c in added(kind))]


def guess(kind: str, header: list[str]) -> dict[str, str]:
    """Column key to header, for the headers that are known words."""
    plain = {plain_name(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    for column in of(kind):
        words = map(plain_name, (column.key, *column.words.split()))
        free = (plain[word] for word in words if word in plain)
        match = next((name for name in free if name not in found.values()), None)
        if match is not None:
            found[column.key] = match
    return found


def missing(kind: str, mapping: dict[str, str]) -> list[Column]:
    """Required columns that no header stands for."""
    return [column for column in of(kind) if column.required and column.key not in mapping]


UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def plain_name(name: str) -> str:
    """Without what people write in several ways: capitals, signs, umlauts."""
    return re.sub(r"[\W_]+", "", name.casefold()).translate(UMLAUTS)
