"""What is missing until shipping is free: the settings page, the merge field, and the bar in a mail."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels import free_shipping
from channels.messages import preview
from channels.messages.rendering import Rendered
from channels.models import Content, FreeShipping
from customers import personalisation
from customers.models import AuditEntry, Cart, Customer
from tests.channels import mails

pytestmark = pytest.mark.django_db
NOW = timezone.now()
BAR = {"id": "g", "kind": "shipping_gap", "words": "Noch {{ shipping_gap }} fehlen.", "reached": "Da."}


def cart(person: Customer, value: int, days: int = 0, **fields: Any) -> Cart:
    number = f"{person.pk}-{Cart.objects.count()}"
    at = NOW - timedelta(days=days)
    about = {"source": "shop", "number": number, "currency": "EUR", "items": 1, "value": value} | fields
    return Cart.objects.create(customer=person, opened_at=at, last_activity_at=at, **about)


@pytest.fixture
def anna() -> Customer:
    mails.shop()
    FreeShipping.objects.create(country="", currency="EUR", amount=5000)
    FreeShipping.objects.create(country="AT", currency="EUR", amount=8000)
    return mails.customer()


def test_the_newest_cart_that_is_not_bought_counts(anna: Customer) -> None:
    cart(anna, 4900, days=2)
    cart(anna, 3760, days=1, state="abandoned")
    cart(anna, 100, state="bought")
    cart(anna, 100, items=0)
    assert free_shipping.gaps([anna.pk], NOW)[anna.pk] == (1240, "EUR", 75)


def test_where_she_lives_decides(anna: Customer) -> None:
    cart(anna, 6000)
    assert free_shipping.gaps([anna.pk], NOW) == {}
    Customer.objects.filter(pk=anna.pk).update(country="AT")
    assert free_shipping.gaps([anna.pk], NOW)[anna.pk].missing == 2000


def test_an_old_cart_and_another_currency_say_nothing(anna: Customer) -> None:
    cart(anna, 1000, days=31)
    assert free_shipping.gaps([anna.pk], NOW) == {}
    cart(anna, 1000, currency="CHF")
    assert free_shipping.gaps([anna.pk], NOW) == {}


def test_the_field_speaks_the_language_and_is_empty_without_a_cart(anna: Customer) -> None:
    other = mails.customer(email="b@example.org")
    cart(anna, 3760)
    values = personalisation.load({"shipping_gap"}, [anna.pk, other.pk], "de", NOW)
    assert values[anna.pk]["shipping_gap"] == "12,40\xa0€"
    assert values[anna.pk]["shipping_gap_percent"] == 75
    assert values[other.pk]["shipping_gap"] == ""


def shown(person: Customer) -> Rendered:
    content = Content.objects.select_related("message").get()
    result = preview.filled(content, person, NOW, anchors=False)
    assert isinstance(result, Rendered)
    return result


def test_the_bar_of_a_mail_hides_without_a_cart_and_when_it_is_reached(anna: Customer) -> None:
    mails.message(mails.text("Hallo"), BAR)
    assert "fehlen" not in shown(anna).html + shown(anna).text
    row = cart(anna, 3760)
    assert "Noch 12,40\xa0€ fehlen." in shown(anna).text
    assert 'width="75%"' in shown(anna).html
    Cart.objects.filter(pk=row.pk).update(value=5000)
    assert "fehlen" not in shown(anna).html + shown(anna).text


def form(*lines: tuple[str, str, str]) -> dict[str, str]:
    data = {"line-TOTAL_FORMS": str(len(lines)), "line-INITIAL_FORMS": "0"}
    for number, (country, currency, amount) in enumerate(lines):
        data |= {f"line-{number}-country": country, f"line-{number}-currency": currency}
        data |= {f"line-{number}-amount": amount}
    return data


def test_the_page_writes_all_lines_and_the_audit_log(marketer: Client) -> None:
    mails.shop()
    FreeShipping.objects.create(country="FR", currency="EUR", amount=9000)
    answer = marketer.post(
        "/settings/free-shipping/", form(("", "", "50"), ("CH", "chf", "80.50"), ("", "", ""))
    )
    assert answer.status_code == 302
    assert list(FreeShipping.objects.values_list("country", "currency", "amount")) == [
        ("", "EUR", 5000),
        ("CH", "CHF", 8050),
    ]
    entry = AuditEntry.objects.get(action="free_shipping.changed")
    assert entry.detail == {"places": ["CH CHF", "EUR", "FR EUR"]}
    html = marketer.get("/settings/free-shipping/").content.decode()
    assert 'value="80.50"' in html or 'value="80,50"' in html
    marketer.post("/settings/free-shipping/", form(("", "EUR", "50"), ("CH", "CHF", "80.5")))
    assert AuditEntry.objects.filter(action="free_shipping.changed").count() == 1, "nothing changed"


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([("", "", "much")], "Enter an amount such as"),
        ([("", "", "0")], "Enter an amount above 0"),
        ([("", "XXY", "5")], "This is no currency."),
        ([("Q9", "", "5")], "Select a valid choice."),
        ([("", "", "5"), ("", "EUR", "6")], "This country and currency stand here twice."),
    ],
)
def test_what_makes_no_sense_is_told(marketer: Client, lines: list[Any], sentence: str) -> None:
    mails.shop()
    html = marketer.post("/settings/free-shipping/", form(*lines)).content.decode()
    assert sentence in html
    assert not FreeShipping.objects.exists()


def test_nonsense_is_no_fault_of_the_server(marketer: Client) -> None:
    for data in ({}, {"line-TOTAL_FORMS": "x"}, {"line-TOTAL_FORMS": "100000", "line-INITIAL_FORMS": "-1"}):
        assert marketer.post("/settings/free-shipping/", data).status_code == 200
