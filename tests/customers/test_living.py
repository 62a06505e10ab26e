"""Who is a customer: not the tombstone of a merge, and not who was forgotten."""

import pytest
from django.utils import timezone

from customers.models import Customer
from tests.factories import CustomerFactory, StoreFactory

pytestmark = pytest.mark.django_db


def test_the_living_are_neither_merged_nor_erased() -> None:
    store = StoreFactory()
    anna = CustomerFactory(home_store=store)
    CustomerFactory(home_store=store, merged_into=anna)
    CustomerFactory(home_store=store, erased_at=timezone.now())
    CustomerFactory(merged_into=anna, erased_at=timezone.now())
    assert list(Customer.objects.living()) == [anna]
    assert list(Customer.objects.filter(home_store=store).living()) == [anna]
