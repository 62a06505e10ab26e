"""Everything an import has to say, in words: why a file or a line is refused, what is asked, what was decided."""

from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from customers.imports import columns

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

OPTIONS = {
    "encoding": _("Encoding"),
    "delimiter": _("Divider"),
    "sheet": _("Sheet"),
    "header_row": _("Row that names the columns"),
    "decimal": _("Decimal sign"),
    "day_first": _("Order of day and month"),
    "zone": _("Time zone"),
    "currency": _("Currency"),
    "rate": _("Exchange rate"),
}
FAULTS = {
    "empty": _("The file is empty. Export it again."),
    "no_lines": _("The file has a header and nothing below it. Export it again."),
    "foreign": _(
        "This is %(format)s. Save it as XLSX or CSV (CSV also packed with gzip or xz) and upload that."
    ),
    "locked": _("The workbook is protected by a password. Save it without one and upload that."),
    "damaged_workbook": _(
        "The workbook is damaged and cannot be read. Open it in a spreadsheet program, save it as XLSX and upload "
        "that."
    ),
    "bomb": _(
        "Unpacked, the workbook would be larger than any real one (%(megabytes)s MB). Save the sheet as CSV and "
        "upload that."
    ),
    "no_sheet": _("The workbook has no sheet with cells. Copy the table into a sheet and save it again."),
    "sheet": _("There is no sheet “%(sheet)s”. The workbook has: %(names)s."),
    "empty_sheet": _("The sheet is empty. Choose another one."),
    "header_row": _("Row %(line)s of the sheet is empty. Choose the row that names the columns."),
    "truncated": _("The packed file ends too early: a part is missing. Upload it again as a whole."),
    "damaged": _("The packed file is damaged and cannot be unpacked. Pack and upload it again."),
    "gone": _("The file is no longer where it was. Upload it again."),
    "changed": _("The file has changed since the import began. Upload the changed file as a new import."),
    "encoding": _(
        "Line %(line)s is not %(encoding)s. Choose the encoding the file was saved in and start again."
    ),
    "mixed": _(
        "The file mixes encodings: line %(line)s is not UTF-8, others are. Save the file as UTF-8, or choose "
        "its encoding."
    ),
    "unknown_encoding": _("Line %(line)s fits no encoding we know. Save the file as UTF-8."),
    "long_line": _(
        "Line %(line)s is longer than a million characters. This is not a CSV file, or it is damaged."
    ),
    "quotes": _("The quotation marks in the header do not match. Export the file again."),
    "columns": _("There is no column for: %(names)s. Choose it among: %(header)s."),
    "header": _("The file has no column %(names)s. It has: %(header)s."),
    "twice": _("The column %(names)s is chosen twice. Choose one meaning for it."),
    "undated": _("A proof of consent needs its day: choose the column “Day of the consent”."),
    "unproven": _(
        "A column is said to prove consent. Look at its texts and tick that they say when, where and how each person "
        "agreed; or leave the column out."
    ),
    "keys": _("%(names)s is no meaning that a column can have."),
    "option": _("%(value)s cannot be used as: %(name)s."),
    "told": _("The file does not tell: %(name)s. Choose it and start again."),
    "rate": _(
        "These orders are in %(currency)s, the shop counts in %(shop)s. Tell the exchange rate: how many "
        "%(shop)s is one %(currency)s?"
    ),
    "rate_size": _(
        "%(value)s cannot be an exchange rate. Write how many of the shop's currency one of the file's is worth, such "
        "as 1.15: above 0, at most 1,000,000, with at most 12 places."
    ),
    "beyond": _(
        "From line %(line)s on a number, date or text is beyond what can be stored, so none of these lines was taken "
        "over. What came before is complete. Look for the value, correct it and upload the file as a new import."
    ),
    "too_many": _("There are more than %(most)s entries; line %(line)s is one too many. Divide the file."),
    "internal": _(
        "Something went wrong on our side. What was imported is complete; resume the import to go on."
    ),
}
QUESTIONS = {
    "decimal": _("Is 1,234 a thousand or one and a bit? Choose the decimal sign."),
    "day_first": _("Is 03/04 in March or in April? Choose whether the day or the month comes first."),
    "zone": _("In which time zone are the times meant?"),
    "currency": _("In which currency are the prices?"),
}
LINES = {
    "quotes": _("quotation marks do not match"),
    "cells": _("more or fewer cells than the header"),
    "long_cell": _("a cell of more than 131,072 characters"),
    "error_cell": _("is an error of the spreadsheet"),
    "formula": _("is a formula that was never worked out: open and save the file in a spreadsheet program"),
    "nul": _("contains a character that no text has (NUL)"),
    "missing": _("is empty"),
    "too_long": _("is too long"),
    "number": _("is not a number in the chosen notation"),
    "number_size": _("has too many digits"),
    "amount_size": _("comes, times the quantity, to more than any line has: check both"),
    "cost_size": _("comes, times the quantity, to more than any line has: check both"),
    "not_whole": _("is not a whole number"),
    "date": _("is no date, or none in the chosen order"),
    "future": _("lies in the future"),
    "adjustment": _("is bookkeeping, not a sale"),
    "stock_correction": _("stock correction without customer and price"),
    "negative_price": _("negative price of an article"),
    "zero_quantity": _("quantity is zero"),
    "positive_refund": _("a cancellation with a positive quantity"),
    "store": _("there is no store with this number"),
    "currency": _("another currency than that of the import"),
    "other_customer": _("another customer than on the order's other lines"),
    "origin": _("is not among the lines that were refused"),
    "email": _("is not an e-mail address"),
    "phone": _("is not a phone number"),
    "language": _("is not a language we know"),
    "country": _("is not a country we know"),
    "zone": _("is not a time zone we know"),
    "salutation": _(
        "is not a salutation we know: use Ms, Mr or Mx, or Frau, Herr or divers; or leave it empty"
    ),
    "permission": _("is neither yes nor no"),
    "yes_no": _("is neither yes nor no"),
    "url": _("is not a web address"),
    "erased": _("this person was erased"),
    "negative": _("is below zero"),
    "nobody": _("names nobody: neither a customer number nor an e-mail address nor a browser"),
    "address_unknown": _("nobody whom we know has this address: import the customers first"),
    "address_shared": _("several people have this address: name the customer number"),
    "message_id": _("this number belongs to another event that is known"),
    "json": _("is not an object in JSON"),
    "pieces": _("is not a number from 1 to 100,000"),
    "cart_state": _("is neither open nor bought"),
}
UNCHANGED = {
    "line_known": _("lines imported before"),
    "order_known": _("lines of orders known before"),
    "same": _("lines that say what is known"),
    "event_known": _("events known before"),
    "cart_known": _("lines of carts whose state at that time was known before"),
}
NOTICES: dict[str, "StrPromise"] = {
    "customers_made": _("new customers"),
    "customers_changed": _("changed customers"),
    "products_made": _("new products"),
    "products_changed": _("changed products"),
    "orders_made": _("orders of known customers"),
    "refunds_made": _("cancellations of known customers"),
    "orders_anonymous": _("orders without a customer"),
    "refunds_anonymous": _("cancellations without a customer"),
    "orders_different": _("known orders of which this file says something else; they stay as they are"),
    "orders_two_times": _("orders whose lines differ in time; the earliest counts"),
    "orders_scattered": _("orders whose lines do not stand together; joined"),
    "orders_untimed": _(
        "orders without a time of day; they count from 0:00, and so for no click of a campaign on the same day"
    ),
    "orders_free": _("orders that cost nothing; kept"),
    "orders_reversed": _("orders that were cancelled within the hour; both are kept"),
    "refunds_without_original": _("cancellations that name no order; kept as refunds of the customer"),
    "customers_refund_first": _("customers whose first entry is a cancellation"),
    "customers_refund_only": _("customers with nothing but cancellations"),
    "lines_customer": _("lines of known customers"),
    "lines_anonymous": _("lines without a customer; kept as anonymous orders"),
    "lines_refund": _("lines of cancellations"),
    "lines_repeated": _("lines that repeat another of their order; kept"),
    "lines_free": _("lines that cost nothing; kept"),
    "lines_below_cent": _("lines with a price in fractions of a cent; the line is rounded"),
    "lines_service": _("lines of postage, fees, discounts and corrections; not merchandise"),
    "lines_without_name": _("lines without a name of the article"),
    "lines_other_name": _("lines that name the article otherwise; the first name stays"),
    "lines_other_case": _("lines that write the article number in other case; the same article"),
    "lines_other_country": _("lines with another country than the customer's; the first stays"),
    "lines_country_none": _("lines whose country is no country; left empty"),
    "lines_country_unknown": _("lines with a country we do not know; left empty"),
    "lines_country_alias": _("lines with a country's byname; translated"),
    "lines_number_mended": _("lines with a customer number like 17850.0; read as 17850"),
    "lines_erased_customer": _("lines of erased people; kept without a customer"),
    "contacts_filled": _("known people of whom something missing was filled in"),
    "contacts_shared": _("addresses that several people have; nothing of the profile taken over"),
    "contacts_repeated": _("lines that repeat an address; the first counts"),
    "events_recorded": _("events"),
    "carts": _("carts"),
    "permissions_recorded": _("refusals of consent; recorded"),
    "permissions_granted": _("consents with their proof; recorded as of the day they were given"),
    "permissions_grant_ignored": _(
        "consents; not taken over: no proof. Ask these people to sign up again, with confirmation by e-mail"
    ),
    "permissions_shared": _("consents for an address that several people share; not taken over"),
    "permissions_channel_unknown": _("statements on a channel that we do not have; ignored"),
}
HIDDEN = {"customers_made", "products_made"}


def fault(code: str, facts: dict[str, Any]) -> str:
    """The sentence on why a file is refused."""
    words = {name: _words(name, value, facts) for name, value in facts.items()}
    return str(FAULTS.get(code, FAULTS["internal"])) % words


def _words(name: str, value: Any, facts: dict[str, Any]) -> str:
    if isinstance(value, list):
        labels = (
            {column.key: str(column.label) for column in columns.of(facts["kind"])} if "kind" in facts else {}
        )
        return ", ".join(str(labels.get(item, item)) if name == "names" else item for item in value)
    if name == "name":
        return str(OPTIONS.get(str(value), value))
    return str(number_format(value)) if isinstance(value, int) else str(value)


def words(counts: dict[str, int], texts: dict[str, "StrPromise"]) -> list[tuple[str, int]]:
    """Counts with what they count, in the order of the texts; nothing that is zero."""
    known = [(str(text), counts[key]) for key, text in texts.items() if counts.get(key)]
    return known + [(key, count) for key, count in counts.items() if key not in texts and count]
