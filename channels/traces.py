"""By what somebody is known in what providers have told of her: e-mail and telephone, also those of before."""

import re
from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Func, QuerySet, TextField, Value

from channels import addresses, suppression
from channels.models import Delivery, ProviderReport
from customers.models import Customer


class Known(NamedTuple):
    """`keys`: hashes for each channel, so a telephone number has one for SMS and one for WhatsApp. `written_to`: these
    and those of her deliveries, among which may be addresses that she has no more."""

    addresses: list[str]
    keys: list[str]
    written_to: list[str]


# As a form or JSON may write them.
SPELLED = {"+": r"(?:[+]|%2B|\\+u002b)", "@": r"(?:@|%40|\\+u0040)"}


def of(customer_ids: Collection[int]) -> Known:
    """Before anything of hers is erased."""
    people = Customer.objects.filter(pk__in=customer_ids)
    own = {pair for person in people for pair in addresses.own(person).items() if pair[1]}
    plain = {address.strip().lower() for _channel, address in own}
    keys = {suppression.address_key(channel, address) for channel, address in own}
    sent = Delivery.objects.filter(customer__in=customer_ids).exclude(address_key="")
    written_to = keys.union(sent.values_list("address_key", flat=True).distinct())
    composed = {suppression.normalise(channel, address) for channel, address in own}
    return Known(sorted(plain | composed), sorted(keys), sorted(written_to))


def clear_reports(known: Known) -> int:
    """What providers sent about her addresses: a report may speak of several people, so it goes as a whole.

    The unread first: one that is read at this moment has its hashes by the time that the others are looked for.
    """
    hers = ProviderReport.objects.filter(address_keys__overlap=known.written_to)
    return sum(each.update(body=b"", address_keys=[], headers={}) for each in (_unread(known), hers))


def _unread(known: Known) -> QuerySet[ProviderReport]:
    """Reports that nobody could read have no hashes, and are few: their text is looked through."""
    text = Func("body", Value("escape"), function="encode", output_field=TextField())
    spelled = "|".join(map(_pattern, known.addresses))
    unread = ProviderReport.objects.filter(heard_at=None, address_keys=[])
    return unread.alias(text=text).filter(text__iregex=f"(?:{spelled})(?![0-9a-z])")


def _pattern(address: str) -> str:
    return "".join(SPELLED.get(sign) or re.escape(sign) for sign in address)
