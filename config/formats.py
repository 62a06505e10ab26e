"""Money, numbers and times as the reader writes them. Languages are those of `settings.LANGUAGES`."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_timezone_location
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision
from django.utils import timezone, translation

DAY = {"de": "dd.MM.yyyy", "en": "d MMM yyyy"}
MOMENT = {"de": "dd.MM.yyyy, HH:mm", "en": "d MMM yyyy, HH:mm"}


def language() -> str:
    """The reader's language without its region, German where we have no formats for it."""
    code = (translation.get_language() or "de").split("-")[0]
    return code if code in MOMENT else "de"


def major(minor: int, currency: str) -> Decimal:
    """1240850, "EUR" -> Decimal("12408.50")."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def money(minor: int, currency: str) -> str:
    """1240850, "EUR" -> "12.408,50 €" (German) or "€12,408.50" (English); minor units of the currency."""
    return format_currency(major(minor, currency), currency, locale=language())


def number(value: float | Decimal, digits: int | None = None) -> str:
    """12408.5 -> "12.408,5"; with `digits`, exactly so many after the comma."""
    pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=language())


def percent(share: float | Decimal, digits: int = 1) -> str:
    """0.1234 -> "12,3 %"."""
    pattern = ("#,##0." + "0" * digits if digits else "#,##0") + "%"
    return format_percent(share, pattern if language() == "en" else pattern[:-1] + " %", locale=language())


def sign(change: float | Decimal) -> str:
    """What stands before the size of a change: "+", "−", or "±" for none."""
    return "+" if change > 0 else "−" if change < 0 else "±"


def moment(at: datetime, zone: str | ZoneInfo | None = None) -> str:
    """An aware datetime as "24.12.2026, 18:00" in `zone` (an IANA name), else in the reader's: the shop's for staff."""
    where = ZoneInfo(zone) if isinstance(zone, str) else zone
    return format_datetime(timezone.localtime(at, where), MOMENT[language()], locale=language())


def clock(at: datetime, zone: str | None = None) -> str:
    """The time of day as "18:00", in a zone as for `moment`."""
    where = ZoneInfo(zone) if zone else None
    return format_datetime(timezone.localtime(at, where), "HH:mm", locale=language())


def day(on: date | datetime) -> str:
    """A date as "24.12.2026"; an aware datetime by its day in the active zone."""
    local = timezone.localtime(on) if isinstance(on, datetime) else datetime(on.year, on.month, on.day)  # noqa: DTZ001
    return format_datetime(local, DAY[language()], locale=language())


def zone_city(zone: str) -> str:
    """ "Europe/Vienna" -> "Wien"."""
    return get_timezone_location(zone, locale=language(), return_city=True)
