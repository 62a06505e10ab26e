"""On which pages and beside which carts a message appears. The page's script decides; this says what it is told."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

MOST_PAGES = 20
LONGEST_PAGE = 200
# A path, in which * stands for anything: what follows ? and # is never looked at.
PAGE = re.compile(r"/[^\s?#{}<>\"\\]*")
SLOT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
ONCE, UNTIL_DISMISSED = "once", "dismissed"
LONGEST_DAYS = 365
USUAL_DAYS = 30


def of_options(options: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The targeting of an author's options; amounts in minor units of `currency`."""
    return {
        "pages": [page for page in str(options.get("pages") or "").split() if PAGE.fullmatch(page)],
        "cart_from": minor(options.get("cart_from"), currency),
        "cart_to": minor(options.get("cart_to"), currency),
        "slot": str(options.get("slot") or "") if options.get("place") == "slot" else "",
        "again": ONCE if options.get("again") == ONCE else UNTIL_DISMISSED,
        "days": days(options.get("days")),
        "session_only": options.get("session_only") is True,
    }


def minor(amount: Any, currency: str) -> int | None:
    """ "49.90" -> 4990; None where there is no amount."""
    try:
        return int(Decimal(str(amount)).scaleb(get_currency_precision(currency))) if amount else None
    except ArithmeticError:
        return None


def days(value: Any) -> int:
    number = int(value) if str(value).isdecimal() else 0
    return number if 1 <= number <= LONGEST_DAYS else USUAL_DAYS
