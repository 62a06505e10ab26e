"""Where a customer is reached on each channel. Most addresses stand in her own row, which may be newer than Reach."""

from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext

from channels import speech
from channels.models import Channel, Reach
from customers.addresses import address_key
from customers.models import Customer

# Columns of the customer's row `c`. The key of her in-app messages is her own: there is always one.
OWN = {
    Channel.EMAIL.value: "c.email",
    Channel.SMS.value: "c.phone",
    Channel.WHATSAPP.value: "c.phone",
    Channel.IN_APP.value: "c.key::text",
}


def address_sql(channel: str) -> str:
    """Her address on the channel that the SQL expression `channel` names, from `c` and her Reach row `r`."""
    cases = " ".join(f"WHEN '{key}' THEN {column}" for key, column in OWN.items())
    return f"CASE {channel} {cases} ELSE coalesce(r.address, '') END"


def own(customer: Customer) -> dict[str, str]:
    """The addresses that stand in her own row, by channel, as OWN has them in SQL; "" where she has none."""
    return {
        Channel.EMAIL.value: customer.email,
        Channel.SMS.value: customer.phone,
        Channel.WHATSAPP.value: customer.phone,
        Channel.IN_APP.value: str(customer.key),
    }


def of(customer: Customer) -> dict[str, str]:
    """All that she has, by channel, as `address_sql` finds them."""
    elsewhere = Reach.objects.filter(customer=customer).exclude(channel__in=OWN)
    found = own(customer) | dict(elsewhere.values_list("channel", "address"))
    return {channel: address for channel, address in found.items() if address}


def still(customer: Customer, channel: str, key: str) -> str:
    """Her address there now if `key` is its hash; else "": of a former one there is no more than the hash."""
    now = (own(customer) if channel in OWN else of(customer)).get(channel, "")
    return now if key and key == address_key(channel, now) else ""


def sharing(channel: str, address: str) -> QuerySet[Customer]:
    """The living who are reached there, too: at a mailbox or a number. Browsers, and the page of the shop, have one
    owner."""
    living = Customer.objects.living()
    if address and channel == Channel.EMAIL:
        return living.alias(lower=Lower("email")).filter(lower=address.lower())
    if address and channel in (Channel.SMS, Channel.WHATSAPP):
        return living.filter(phone=address)
    return living.none()


def keyed(channel: str, key: str) -> QuerySet[Customer]:
    """The living whose present address on the channel has this keyed hash."""
    columns = {Channel.EMAIL: "email", Channel.SMS: "phone", Channel.WHATSAPP: "phone"}
    if not key or channel not in columns:
        return Customer.objects.none()
    here = Reach.objects.filter(
        channel=channel, address_key=key, address=F(f"customer__{columns[Channel(channel)]}")
    )
    return Customer.objects.living().filter(pk__in=here.values("customer"))


def shown(customer: Customer, channel: str) -> str:
    """Her address in words that she recognises and that nobody else can use."""
    if channel == Channel.PUSH:
        return gettext("your device")
    if channel == Channel.IN_APP:
        return gettext("your inbox in the shop")
    return speech.masked(own(customer).get(channel, ""))
