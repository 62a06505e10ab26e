"""What a rule means for people of whom something is not known, and who can be in a segment at all."""

from typing import Any

import pytest
from django.db import connection

from customers import stats
from customers.models import Customer
from customers.segments import compiler, counting, words
from tests.customers.segment_world import AT
from tests.factories import CustomerFactory, OrderFactory

GERMAN = {"condition": "language", "params": {"languages": ["de"]}}
EVERYBODY = {"none": [{"condition": "language", "params": {"languages": ["zu"]}}]}


def leaf(condition: str, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


def members(rule: Any, exclusions: list[Any] | None = None) -> list[int]:
    compiled = compiler.audience(rule, exclusions or [], AT)
    assert compiled.faults == []
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return sorted(row[0] for row in cursor.fetchall())


POSITIVE = [
    leaf("language", languages=["de"]),
    leaf("country", countries=["DE"]),
    leaf("city", cities=["Hamburg"]),
    leaf("postal_code", prefixes="2"),
    leaf("salutation", salutations=["ms", "mr", "neutral"]),
    leaf("birthday", days=365),
    leaf("age", operator="at_least", number=0),
    leaf("acquisition_source", sources=["fair"]),
    leaf("acquired_at", operator="longer_ago", days=1),
    leaf("attribute", key="club", operator="is", value="Gold"),
    leaf("attribute", key="club", operator="at_most", number=100),
    leaf("average_order", operator="at_most", number=100, window="all"),
    leaf("first_order", operator="longer_ago", days=1),
    leaf("last_order", operator="before", date="2100-01-01"),
]


@pytest.mark.parametrize("rule", POSITIVE, ids=[str(rule["condition"]) for rule in POSITIVE])
def test_who_is_not_known_never_fits_and_none_of_it_does(rule: dict[str, Any], db: None) -> None:
    unknown = CustomerFactory(language="", country="")
    assert members(rule) == []
    assert members({"none": [rule]}) == [unknown.pk]
    assert members({"all": [EVERYBODY, rule]}) == []
    assert members({"none": [{"none": [rule]}]}) == []


def test_no_orders_are_zero_orders_and_zero_revenue_but_no_average(db: None) -> None:
    nobody_yet = CustomerFactory()
    for window in ({"window": "all"}, {"window": "days", "days": 30}):
        assert members(leaf("orders_count", operator="exactly", number=0, **window)) == [nobody_yet.pk]
        assert members(leaf("revenue", operator="at_most", number=0, **window)) == [nobody_yet.pk]
        assert members(leaf("average_order", operator="at_most", number=0, **window)) == []


def test_tombstones_and_the_erased_are_in_no_segment(db: None) -> None:
    winner = CustomerFactory()
    CustomerFactory(merged_into=winner)
    CustomerFactory(erased_at=AT)
    assert members(EVERYBODY) == members(GERMAN) == [winner.pk]
    assert members({"none": [{"none": [GERMAN]}]}) == [winner.pk]


def test_exclusions_take_away(db: None) -> None:
    plain, vip = CustomerFactory(), CustomerFactory(attributes={"vip": True})
    is_vip = leaf("attribute", key="vip", operator="is", value="true")
    assert members(GERMAN) == [plain.pk, vip.pk]
    assert members(GERMAN, [is_vip]) == [plain.pk]
    assert members(GERMAN, [is_vip, GERMAN]) == []


def test_days_are_days_of_the_shop(db: None) -> None:
    """23:30 on 22 November in Hamburg is still 22 November, though the 23rd in Tokyo and 22:30 in UTC."""
    order = OrderFactory(placed_at=AT.replace(day=22, hour=23, minute=30))
    stats.recount(None)
    on = {"operator": "between", "date": "2026-11-22", "until": "2026-11-22"}
    assert members(leaf("last_order", **on)) == [order.customer_id]
    assert members(leaf("last_order", operator="since", date="2026-11-23")) == []


def test_the_sample_is_stable_and_not_the_lowest_ids(db: None) -> None:
    Customer.objects.bulk_create(Customer(language="de", last_name=f"N{n}") for n in range(300))
    compiled = compiler.compile_rule(GERMAN, AT)
    sample = [person.pk for person in counting.sample(compiled)]
    assert len(sample) == 10
    assert sample == [person.pk for person in counting.sample(compiled)]
    assert sorted(sample) != members(GERMAN)[:10]


def test_a_count_that_takes_too_long_is_honest(db: None) -> None:
    slow = compiler.Compiled("SELECT 1 AS id FROM pg_sleep(3)", ())
    assert counting.count_within(slow, seconds=0.1) == counting.Count(None, False)
    assert counting.sample(slow, seconds=0.1) == []
    late = "SELECT n AS id FROM generate_series(1, 30000) n WHERE n < 20000 OR pg_sleep(1) IS NOT NULL"
    assert counting.count_within(compiler.Compiled(late, ()), seconds=0.3) == counting.Count(10_000, False)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0"


def test_counting_cannot_write(db: None) -> None:
    writing = "WITH x AS (DELETE FROM customers_dirty RETURNING id) SELECT id FROM x"
    with pytest.raises(Exception, match=r"read-only|top level"):
        counting.count_within(compiler.Compiled(writing, ()))


def test_a_rule_is_said_in_words(db: None) -> None:
    from django.utils import translation

    rule = {
        "all": [
            GERMAN,
            {
                "any": [
                    leaf("orders_count", operator="at_least", number=2, window="days", days=180),
                    leaf("revenue", operator="between", number=50, upper="99.5", window="all"),
                    leaf("birthday", days=7),
                ]
            },
            {"none": [leaf("last_order", operator="never"), leaf("city", cities=["Bonn", "Köln", "Wien"])]},
        ]
    }
    with translation.override("en"):
        assert words.sentence(rule) == (
            "Customers for whom: the language is German, (at least 2 orders within the last 180 days, a revenue of "
            "between 50 EUR and 99.5 EUR or the birthday is within the next 7 days) and none of this: "
            "(never ordered or the city is Bonn, Köln or Wien)."
        )
        assert words.sentence({"any": [GERMAN]}) == "Customers for whom: the language is German."
    with translation.override("de"):
        assert words.sentence(rule) == (
            "Alle, für die gilt: die Sprache ist Deutsch, (mindestens 2 Bestellungen in den letzten 180 Tagen, Umsatz "
            "zwischen 50 EUR und 99,5 EUR oder der Geburtstag ist in den nächsten 7 Tagen) und keines von: "
            "(nie bestellt oder der Ort ist Bonn, Köln oder Wien)."
        )
        assert words.sentence({"none": [GERMAN]}) == "Alle, für die gilt: nicht (die Sprache ist Deutsch)."
        assert words.sentence({"all": [leaf("no_such")]}).startswith(
            "Niemand, denn die Regel hat einen Fehler: "
        )
