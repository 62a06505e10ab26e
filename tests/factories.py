"""Rows for tests. `UserFactory(in_role="marketer")` can sign in; `PASSWORD` is everybody's password."""

from datetime import UTC, datetime
from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from customers.models import Customer, Order, Product, Segment, Store, User

PASSWORD = "correct horse battery staple"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


class StoreFactory(DjangoModelFactory):
    class Meta:
        model = Store

    number = factory.Sequence(lambda n: f"{n:03}")
    name = factory.Sequence(lambda n: f"Store {n}")
    city = "Hannover"
    country = "DE"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    first_name = "Mara"
    last_name = factory.Sequence(lambda n: f"Brandt {n}")
    language = "en"

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **{"password": PASSWORD} | kwargs)

    @factory.post_generation
    def in_role(user: User, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """`UserFactory(in_role="analyst")`."""
        if extracted:
            user.groups.add(Group.objects.get(name=extracted))
            User.objects.filter(pk=user.pk).update(is_staff=extracted == "administrator")
            user.refresh_from_db()


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    first_name = "Anna"
    last_name = factory.Sequence(lambda n: f"Ahrens {n}")
    email = factory.Sequence(lambda n: f"anna{n}@example.org")
    language = "de"
    country = "DE"


class ProductFactory(DjangoModelFactory):
    class Meta:
        model = Product

    sku = factory.Sequence(lambda n: f"SKU{n}")
    names = {"de": "Becher", "en": "Mug"}
    price = 1290
    currency = "EUR"
    stock = 5


class OrderFactory(DjangoModelFactory):
    class Meta:
        model = Order

    source = "till"
    number = factory.Sequence(lambda n: f"O{n}")
    customer = factory.SubFactory(CustomerFactory)
    placed_at = NOON
    currency = "EUR"
    total = 1290
    base_total = 1290


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = Segment

    name = factory.Sequence(lambda n: f"Segment {n}")
