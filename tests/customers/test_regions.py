"""States by postal code: the table, the runs it is made of, and what the condition makes of odd postal codes."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from customers import regions
from customers.segments import words
from tests.customers.test_segment_lending import found
from tests.factories import CustomerFactory


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("01067", "DE-SN"),
        ("10115", "DE-BE"),
        ("20095", "DE-HH"),
        ("28195", "DE-HB"),
        ("30159", "DE-NI"),
        ("50667", "DE-NW"),
        ("80331", "DE-BY"),
        ("88131", "DE-BY"),  # Lindau, among codes of Baden-Württemberg
        ("70173", "DE-BW"),
        ("1010", "AT-9"),
        ("1210", "AT-9"),
        ("1300", "AT-3"),  # the airport of Vienna
        ("5020", "AT-5"),
        ("6900", "AT-8"),
        ("8001", "CH-ZH"),
        ("4051", "CH-BS"),
        ("1201", "CH-GE"),
    ],
)
def test_a_postal_code_lies_in_its_state_alone(code: str, state: str) -> None:
    country = [each for each, digits in regions.DIGITS.items() if each == state[:2] and digits == len(code)]
    inside = [
        name
        for name, spans in regions.spans().items()
        if name[:2] in country and any(low <= int(code) <= high for low, high in spans)
    ]
    assert inside == [state]


def test_every_state_has_codes_and_a_name_and_none_overlap() -> None:
    assert regions.spans().keys() == regions.NAMES.keys()
    for country in regions.DIGITS:
        spans = sorted(s for name, of in regions.spans().items() if name[:2] == country for s in of)
        assert all(low <= high for low, high in spans)
        assert all(first.high < second.low for first, second in itertools.pairwise(spans))


def test_the_table_is_made_from_the_files_of_geonames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def row(country: str, code: str, state: str) -> str:
        return "\t".join([country, code, "Place", "State", state, "", "", "", "", "0", "0", "6"])

    rows = [
        *(
            row("DE", "01067", "SN"),
            row("DE", "01069", "SN"),
            row("DE", "01099", "SN"),
            row("DE", "01945", "BB"),
        ),
        *(
            row("DE", "07919", "TH"),
            row("DE", "07919", "SN"),
            row("DE", "07919", "TH"),
            row("DE", "09999", ""),
        ),
        *(row("AT", "1140", "03"), row("AT", "1140", "03"), row("AT", "1140", "09"), row("CH", "8001", "ZH")),
    ]
    source, target = tmp_path / "all.txt", tmp_path / "regions.csv"
    source.write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setattr(regions, "FILE", target)
    call_command("make_regions", str(source))
    lines = [line for line in target.read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert lines == [
        *("DE-SN,01067,01099", "DE-BB,01945,01945", "DE-TH,07919,07919", "AT-9,1140,1140", "CH-ZH,8001,8001")
    ]
    source.write_text(rows[0], encoding="utf-8")
    with pytest.raises(CommandError, match="AT, CH"):
        call_command("make_regions", str(source))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "belongs"),
    [
        ({"country": "DE", "postal_code": "20095"}, True),
        ({"country": "", "postal_code": "20095"}, False),
        ({"country": "AT", "postal_code": "20095"}, False),
        ({"country": "DE", "postal_code": ""}, False),
        ({"country": "DE", "postal_code": "2009"}, False),
        ({"country": "DE", "postal_code": "D-20095"}, False),
        ({"country": "DE", "postal_code": "٢٠٠٩٥"}, False),
    ],
)
def test_only_a_whole_postal_code_with_its_country_counts(fields: dict[str, Any], belongs: bool) -> None:
    anna = CustomerFactory(**fields)
    rule = {"all": [{"condition": "region", "params": {"by": "states", "states": ["DE-HH", "AT-9"]}}]}
    assert found(rule) == ({anna.pk} if belongs else set())


@pytest.mark.django_db
def test_the_words_name_states_and_ranges() -> None:
    states = {"condition": "region", "params": {"by": "states", "states": ["DE-BY", "AT-9"]}}
    ranges = {
        "condition": "region",
        "params": {"by": "ranges", "country": "DE", "ranges": "20000 - 22999; 25400"},
    }
    with translation.override("en"):
        assert "lives in Bavaria (DE) or Vienna (AT)" in words.sentence(states)
        assert "lives in Germany, postal code 20000–22999 or 25400" in words.sentence(ranges)
