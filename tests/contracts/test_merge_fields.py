"""What every group of merge fields must keep to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import personalisation
from customers.personalisation import MergeFields, merge_fields
from tests.channels import mails
from tests.factories import CustomerFactory, OrderFactory, ProductFactory

ALL = list(merge_fields)
PLAIN = (str, int, float, bool, type(None))


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, dict) and all(map(_is_plain, each.values())) for each in value)
    return isinstance(value, PLAIN)


def test_keys_are_unique_and_every_field_has_an_example() -> None:
    fields = list(personalisation.fields())
    assert len({each.key for each in fields}) == len(fields)
    for each in fields:
        for language in ("de", "en", "fr", "xx"):
            assert each.sample(language) not in (None, "", [])
        assert set(each.items) <= set((each.sample("de") or [{}])[0] if each.is_list else {})


@pytest.mark.django_db
@pytest.mark.parametrize("group", ALL, ids=lambda group: group.key)
@pytest.mark.parametrize("language", ["de", "en", "fr-CH", "xx"])
def test_values_are_plain_and_complete_for_rich_and_poor_customers(group: MergeFields, language: str) -> None:
    mails.shop()
    rich, poor = (
        CustomerFactory(title="Dr.", city="Köln"),
        CustomerFactory(first_name="", last_name="", language=""),
    )
    order = OrderFactory(customer=rich)
    order.lines.create(position=1, product=ProductFactory(), quantity=1, unit_price="12.90", amount=1290)
    values = group.values([rich.pk, poor.pk], language, mails.NOW)
    for customer in (rich, poor):
        assert set(values[customer.pk]) == {each.key for each in group.fields}
        assert all(map(_is_plain, values[customer.pk].values()))


@pytest.mark.django_db
@pytest.mark.parametrize("group", ALL, ids=lambda group: group.key)
def test_a_batch_takes_as_many_queries_as_one_customer(group: MergeFields) -> None:
    mails.shop()
    people = [CustomerFactory().pk for _number in range(12)]
    with CaptureQueriesContext(connection) as one:
        group.values(people[:1], "de", mails.NOW)
    with CaptureQueriesContext(connection) as many:
        group.values(people, "de", mails.NOW)
    assert len(many) == len(one) <= 4
