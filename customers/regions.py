"""Federal states and cantons by postal code.

`regions.csv` is made by `manage.py make_regions` from the postal codes of GeoNames (geonames.org), licensed under
Creative Commons Attribution 4.0; ours are its runs of neighbouring codes of one state. Codes are ISO 3166-2.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

FILE = Path(__file__).with_name("regions.csv")
DIGITS = {"DE": 5, "AT": 4, "CH": 4}
NAMES = {
    "DE-BB": _("Brandenburg"),
    "DE-BE": _("Berlin"),
    "DE-BW": _("Baden-Württemberg"),
    "DE-BY": _("Bavaria"),
    "DE-HB": _("Bremen"),
    "DE-HE": _("Hesse"),
    "DE-HH": _("Hamburg"),
    "DE-MV": _("Mecklenburg-Vorpommern"),
    "DE-NI": _("Lower Saxony"),
    "DE-NW": _("North Rhine-Westphalia"),
    "DE-RP": _("Rhineland-Palatinate"),
    "DE-SH": _("Schleswig-Holstein"),
    "DE-SL": _("Saarland"),
    "DE-SN": _("Saxony"),
    "DE-ST": _("Saxony-Anhalt"),
    "DE-TH": _("Thuringia"),
    "AT-1": _("Burgenland"),
    "AT-2": _("Carinthia"),
    "AT-3": _("Lower Austria"),
    "AT-4": _("Upper Austria"),
    "AT-5": _("Salzburg"),
    "AT-6": _("Styria"),
    "AT-7": _("Tyrol"),
    "AT-8": _("Vorarlberg"),
    "AT-9": _("Vienna"),
    "CH-AG": _("Aargau"),
    "CH-AI": _("Appenzell Innerrhoden"),
    "CH-AR": _("Appenzell Ausserrhoden"),
    "CH-BE": _("Bern"),
    "CH-BL": _("Basel-Landschaft"),
    "CH-BS": _("Basel-Stadt"),
    "CH-FR": _("Fribourg"),
    "CH-GE": _("Geneva"),
    "CH-GL": _("Glarus"),
    "CH-GR": _("Grisons"),
    "CH-JU": _("Jura"),
    "CH-LU": _("Lucerne"),
    "CH-NE": _("Neuchâtel"),
    "CH-NW": _("Nidwalden"),
    "CH-OW": _("Obwalden"),
    "CH-SG": _("St. Gallen"),
    "CH-SH": _("Schaffhausen"),
    "CH-SO": _("Solothurn"),
    "CH-SZ": _("Schwyz"),
    "CH-TG": _("Thurgau"),
    "CH-TI": _("Ticino"),
    "CH-UR": _("Uri"),
    "CH-VD": _("Vaud"),
    "CH-VS": _("Valais"),
    "CH-ZG": _("Zug"),
    "CH-ZH": _("Zurich"),
}


class Span(NamedTuple):
    """Postal codes as numbers, both ends included."""

    low: int
    high: int


def name(code: str) -> str:
    """In the reader's language; the code itself where it is none of ours."""
    return f"{gettext(NAMES[code])} ({code[:2]})" if code in NAMES else code


@cache
def spans() -> dict[str, list[Span]]:
    """The postal codes of each state, in order."""
    found: dict[str, list[Span]] = defaultdict(list)
    with FILE.open(encoding="utf-8", newline="") as file:
        for code, low, high in csv.reader(line for line in file if not line.startswith("#")):
            found[code].append(Span(int(low), int(high)))
    return dict(found)


def runs(states: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """(state, first, last) of neighbouring postal codes of one state; `states` are (postal code, state) of one country.

    What lies between two neighbours of one state, such as the codes of post boxes, counts as theirs.
    """
    found: list[tuple[str, str, str]] = []
    for postal_code, state in sorted(states):
        if found and found[-1][0] == state:
            found[-1] = (state, found[-1][1], postal_code)
        else:
            found.append((state, postal_code, postal_code))
    return found
