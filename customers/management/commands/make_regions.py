"""Make `customers/regions.csv` anew from the postal codes of GeoNames."""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import regions

COUNTRY, POSTAL_CODE, STATE = 0, 1, 4  # columns of GeoNames' postal code files
HEAD = (
    "# Derived from the postal codes of GeoNames (https://www.geonames.org), licensed under CC BY 4.0\n"
    "# (https://creativecommons.org/licenses/by/4.0/). Changed: neighbouring codes of one state are one line.\n"
)


class Command(BaseCommand):
    help = (
        "Make the table of states by postal code from files of GeoNames, such as DE.txt, AT.txt and CH.txt."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        places = _places(files)
        if missing := regions.DIGITS.keys() - {country for country, _code in places}:
            raise CommandError(f"No postal codes of {', '.join(sorted(missing))} in these files.")
        with regions.FILE.open("w", encoding="utf-8", newline="") as file:
            file.write(HEAD)
            for country in regions.DIGITS:
                states = [
                    (code, _state(of, code, found)) for (of, code), found in places.items() if of == country
                ]
                csv.writer(file, lineterminator="\n").writerows(regions.runs(states))


def _places(files: list[Path]) -> dict[tuple[str, str], Counter[str]]:
    """How many places of each state have a postal code."""
    places: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            cells = line.split("\t")
            if cells[COUNTRY] in regions.DIGITS and cells[STATE]:
                places[cells[COUNTRY], cells[POSTAL_CODE]][cells[STATE].lstrip("0")] += 1
    return places


def _state(country: str, postal_code: str, places: Counter[str]) -> str:
    """The state of most of its places. The districts of Vienna share some codes with villages outside."""
    if country == "AT" and postal_code[:2] in ("10", "11", "12"):
        return "AT-9"
    return f"{country}-{min(places, key=lambda state: (-places[state], state))}"
