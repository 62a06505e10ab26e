"""Whose data a reader may see: a store manager her own stores' customers, an analyst nobody's name."""

from django.db.models import Q, QuerySet

from customers.models import Customer, User


def customers_for(reader: User) -> QuerySet[Customer]:
    """The living customers that this reader may see."""
    living = Customer.objects.filter(merged_into=None, erased_at=None)
    if reader.has_perm("customers.view_every_store"):
        return living
    own = reader.stores.values("pk")
    return living.filter(Q(home_store__in=own) | Q(orders__store__in=own)).distinct()


def sees_names(reader: User) -> bool:
    return reader.has_perm("customers.view_personal_data")


def masked_email(address: str) -> str:
    """`a•••@example.org`: enough to recognise one's own, too little to write to."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••{at}{domain}" if address else ""


def masked_name(customer: Customer) -> str:
    initials = [f"{part[0]}." for part in (customer.first_name, customer.last_name) if part]
    return " ".join([*initials, f"#{customer.pk}"])


def name_for(reader: User, customer: Customer) -> str:
    return str(customer) if sees_names(reader) else masked_name(customer)
