"""What a reader sees of a coupon: what it gives, and until when, in her language and by her clock."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_percent

from customers import catalogue
from customers.merge_fields.orders import long_date
from customers.personalisation import in_language
from loyalty.models import Offer

OFF = {
    "de": "%s Rabatt",
    "en": "%s off",
    "fr": "%s de remise",
    "nl": "%s korting",
    "it": "%s di sconto",
    "es": "%s de descuento",
    "pl": "%s rabatu",
}
MOST = {
    "de": "höchstens %s",
    "en": "at most %s",
    "fr": "%s au maximum",
    "nl": "ten hoogste %s",
    "it": "al massimo %s",
    "es": "como máximo %s",
    "pl": "najwyżej %s",
}
FROM = {
    "de": "ab %s Einkaufswert",
    "en": "on purchases from %s",
    "fr": "dès %s d’achat",
    "nl": "bij besteding vanaf %s",
    "it": "da %s di spesa",
    "es": "desde %s de compra",
    "pl": "przy zakupach od %s",
}


def offer(of: Offer, language: str) -> str:
    """ "10 % Rabatt, höchstens 20,00 €, ab 50,00 € Einkaufswert"."""

    def money(minor: int) -> str:
        return catalogue.money(minor, of.currency, language)

    where = catalogue.locale(language)
    value = (
        format_percent(of.percent / 100, "#,##0.##\u202f%", locale=where)
        if of.percent
        else money(of.amount or 0)
    )
    parts = [in_language(OFF, language) % value]
    if of.most is not None:
        parts.append(in_language(MOST, language) % money(of.most))
    for rule in of.rules:
        least = rule.get("params", {}).get("amount") if rule.get("key") == "minimum_basket" else None
        if isinstance(least, int):
            parts.append(in_language(FROM, language) % money(least))
    return ", ".join(parts)


def until(end: datetime | None, language: str, zone: str) -> str:
    """The last day, "31. Dezember 2026"; with the time where the end is no midnight on the reader's clock. "" without
    an end. `end` is the first moment at which the code is not valid any more."""
    if end is None:
        return ""
    where, local = catalogue.locale(language), end.astimezone(_zone(zone))
    if local.time() == datetime.min.time():
        return long_date((local - datetime.resolution).date(), where)
    return f"{long_date(local.date(), where)}, {format_datetime(local, 'HH:mm', locale=where)}"


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
