"""What staff see of forecasts: the page of the classes with its way into lists and segments, the customer's panel."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from customers.customer_panels import forecasts as panel
from customers.merge_fields.next_order import NextOrder
from customers.models import Customer, CustomerStats, ForecastBasis, RfmClass, SegmentDraft
from customers.segments import words
from tests.factories import NOON, CustomerFactory

pytestmark = pytest.mark.django_db


def told(customer: Customer, **fields: Any) -> CustomerStats:
    defaults = {"rfm_class": "champions", "recency_score": 5, "frequency_score": 4, "monetary_score": 5}
    return CustomerStats.objects.create(customer=customer, forecast_at=NOON, **defaults | fields)


def basis(**fields: Any) -> ForecastBasis:
    counts = {key: {"customers": 0, "revenue": 0, "value": 0} for key in RfmClass.values}
    counts["champions"] = {"customers": 30, "revenue": 900_000, "value": 450_000}
    counts["cant_lose"] = {"customers": 10, "revenue": 123_450, "value": 1_000}
    defaults = {"at": NOON, "customers": 40, "repeat_buyers": 30, "classes": counts}
    return ForecastBasis.objects.create(pk=1, **defaults | fields)


def page(client: Client, **asked: str) -> str:
    return client.get(reverse("rfm_classes"), asked).content.decode()


def test_the_page_says_who_is_slipping_away_and_how_many_are_where(marketer: Client) -> None:
    basis()
    text = page(marketer)
    assert "10 good customers are slipping away, who have brought €1,234.50 so far." in text
    assert re.search(r'<td class="num" data-label="Customers">\s*30\s*</td>', text)
    assert "75%" in text
    assert "€4,510.00" in text  # the expected value of all
    assert "2 Nov 2026" in text


def test_it_says_what_is_missing_instead_of_a_figure(marketer: Client) -> None:
    assert "It takes 25 customers" in page(marketer)
    row = basis(lacks="repeat_buyers")
    row.classes = {key: each | {"value": None} for key, each in row.classes.items()}
    row.save()
    text = page(marketer)
    assert "too few customers have ordered again" in text
    assert "Expected in 12 months" not in text


def test_a_class_opens_its_customers(marketer: Client) -> None:
    basis()
    told(CustomerFactory(last_name="Öztürk"))
    told(CustomerFactory(last_name="Müller"), rfm_class="lost")
    CustomerFactory(last_name="Weber")
    url = re.search(r'href="(/customers/\?rfm_class=champions)"', page(marketer))
    assert url is not None
    text = marketer.get(url[1]).content.decode()
    assert "Öztürk" in text
    assert "Müller" not in text
    assert "Weber" not in text


def test_a_class_begins_a_segment_that_only_wants_a_name(marketer: Client) -> None:
    basis()
    url = re.search(r'href="(/segments/new/\?condition=rfm_class&amp;classes=cant_lose)"', page(marketer))
    assert url is not None
    text = marketer.get(url[1].replace("&amp;", "&")).content.decode()
    assert "Customers for whom: the RFM class is Cannot lose them." in text
    assert SegmentDraft.objects.count() == 0


def test_a_segment_that_was_begun_before_is_not_written_over(marketer: Client) -> None:
    user = marketer.user  # type: ignore[attr-defined]
    rule = {"all": [{"condition": "language", "params": {"languages": ["de"]}}]}
    SegmentDraft.objects.create(user=user, name="Half", rule=rule, updated_at=NOON)
    text = marketer.get(
        reverse("segment_create"), {"condition": "rfm_class", "classes": "new"}
    ).content.decode()
    assert "begun before and not saved" in text
    assert "the language is German" in text


@pytest.mark.parametrize("asked", ["password", "rfm_class__in", "", "\0", "1 OR 1=1"])
def test_an_address_with_nonsense_begins_with_nothing(marketer: Client, asked: str) -> None:
    text = marketer.get(reverse("segment_create"), {"condition": asked, "classes": "'"}).content.decode()
    assert "is-leaf" not in text
    assert (
        marketer.get(reverse("segment_create"), {"condition": "rfm_class", "classes": "kings"}).status_code
        == 200
    )


def test_an_analyst_reads_the_classes_and_makes_no_segment(analyst: Client, store_manager: Client) -> None:
    basis()
    assert "/segments/new/" not in page(analyst)
    assert store_manager.get(reverse("rfm_classes")).status_code == 403


def test_her_page_says_what_is_expected_of_her(marketer: Client) -> None:
    today = timezone.localdate()
    anna = CustomerFactory()
    told(
        anna,
        orders=4,
        next_order_on=today - timedelta(days=12),
        lapse_risk=Decimal("0.72"),
        lifetime_value=12_000,
    )
    text = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "Champions" in text
    assert "overdue by 12 days" in text
    assert "72%" in text
    assert 'state-bad">high</span>' in text
    assert text.count("how likely it is that no order comes") == 1
    assert "€120.00" in text


def test_what_is_not_known_is_left_out(marketer: Client) -> None:
    anna, berta = CustomerFactory(), CustomerFactory()
    told(anna, rfm_class="new")
    text = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "New customers" in text
    assert "Too few customers have ordered again" in text
    assert "Lapse risk" not in text
    assert "panel-forecasts" not in marketer.get(reverse("customer", args=[berta.pk])).content.decode()


def test_a_day_that_has_not_come_is_no_delay() -> None:
    kept = CustomerStats(next_order_on=date(2026, 11, 30))
    assert panel.rows(kept, date(2026, 11, 30))[0][2] == "calm"
    assert panel.rows(kept, date(2026, 12, 1))[0][2:] == ("wait", "overdue by 1 day", "")


def test_a_message_names_the_day_only_while_it_is_ahead() -> None:
    anna, berta, cora = CustomerFactory(), CustomerFactory(), CustomerFactory()
    told(anna, next_order_on=NOON.date())
    told(berta, next_order_on=NOON.date() - timedelta(days=1))
    found = NextOrder().values([anna.pk, berta.pk, cora.pk], "de", NOON)
    assert [found[each.pk]["next_order_date"] for each in (anna, berta, cora)] == ["2. November 2026", "", ""]


def test_rules_about_forecasts_read_well_in_german() -> None:
    rule = {
        "all": [
            {"condition": "rfm_class", "params": {"classes": ["at_risk", "cant_lose"]}},
            {"condition": "next_order", "params": {"operator": "overdue", "days": 14}},
            {"condition": "lapse_risk", "params": {"operator": "at_least", "number": 60}},
            {"condition": "lifetime_value", "params": {"operator": "at_least", "number": 100}},
        ]
    }
    with translation.override("de"):
        assert words.sentence(rule) == (
            "Alle, für die gilt: die RFM-Klasse ist Gefährdet oder Unbedingt halten, die nächste Bestellung ist"
            " seit mindestens 14 Tagen überfällig, ein Abwanderungsrisiko von mindestens 60 % und ein erwarteter Wert"
            " von mindestens 100 EUR."
        )
