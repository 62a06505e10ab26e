"""Whose data a reader may see: a store manager her own stores' customers, an analyst nobody's name."""

from django.db.models import QuerySet

from customers.models import Customer, Order, User


def customers_for(reader: User) -> QuerySet[Customer]:
    """The living customers that this reader may see."""
    living = Customer.objects.living()
    if reader.has_perm("customers.view_every_store"):
        return living
    own = list(reader.stores.values_list("pk", flat=True))
    at_home = Customer.objects.filter(home_store__in=own).values("pk")
    bought = Order.objects.filter(store__in=own, customer__isnull=False).values("customer")
    return living.filter(pk__in=at_home.union(bought))


def sees_names(reader: User) -> bool:
    return reader.has_perm("customers.view_personal_data")


def may_export(reader: User) -> bool:
    """Whether this reader may take a list of people along as a file. Who sees no names takes none along."""
    return not sees_names(reader) or reader.has_perm("customers.export_segment")


def masked_email(address: str) -> str:
    """`a•••@example.org`: enough to recognise one's own, too little to write to."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••{at}{domain}" if address else ""


def masked_phone(number: str) -> str:
    """`+49•••`: little more than the country."""
    return f"{number[:3]}•••" if number else ""


def masked_name(customer: Customer) -> str:
    initials = [f"{part[0]}." for part in (customer.first_name, customer.last_name) if part]
    return " ".join([*initials, f"#{customer.pk}"])


def name_for(reader: User, customer: Customer) -> str:
    return str(customer) if sees_names(reader) else masked_name(customer)
