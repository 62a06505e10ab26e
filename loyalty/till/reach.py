"""Whom a store's till can find: those at home there, and those who have bought there."""

from django.db.models import QuerySet

from customers.models import Customer, Order, Store


def of(store: Store) -> QuerySet[Customer]:
    """The store's living customers."""
    bought = Order.objects.filter(store=store, customer__isnull=False).values("customer")
    return Customer.objects.living().filter(
        pk__in=Customer.objects.filter(home_store=store).values("pk").union(bought)
    )


def sees(store: Store | None, customer_id: int) -> bool:
    """Whether she is one of them, by her own rows alone."""
    if store is None:
        return False
    person = Customer.objects.living().filter(pk=customer_id)
    if person.filter(home_store=store).exists():
        return True
    return person.exists() and Order.objects.filter(store=store, customer=customer_id).exists()
