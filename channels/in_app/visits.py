"""Whose messages a browser may see: a guessed visitor opens nothing.

A browser key and a visitor's id are public, so they prove nothing. The shop's server proves who is signed in by a token
(customers/tracking/identity_tokens.py); for it we hand out a pass of our own, which outlives the token by some hours
and is good for this key, this visitor and this customer only.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.core import signing

from customers.models import ApiKey, Customer, Visitor
from customers.tracking import identity_tokens, profiles
from customers.tracking.reading import CallRefused

SALT = "channels.in_app.pass"
PASS_LASTS = timedelta(hours=12)
LONGEST_VISITOR = 120


class Visit(NamedTuple):
    """`new_pass` is "" where the old one was shown."""

    customer_id: int
    new_pass: str = ""


def of(key: ApiKey, visitor: object, token: object, old_pass: object, at: datetime) -> Visit:
    """Whose browser it is. Raises CallRefused where nothing proves it, or the visitor belongs to somebody else."""
    if not isinstance(visitor, str) or not 0 < len(visitor) <= LONGEST_VISITOR or not visitor.isprintable():
        raise CallRefused(400, "anonymousId must be the visitor's id.")
    number = identity_tokens.number(key, token, at)
    proven = profiles.living(number, key.source) if number else _by_pass(key, visitor, old_pass, at)
    if proven is None:
        raise CallRefused(401, "The messages are hers who is signed in: call identify with a fresh token.")
    if _owner(visitor) not in (None, proven):
        raise CallRefused(403, "This visitor is another customer's. Call reset when somebody signs out.")
    return Visit(proven, _pass(key, visitor, proven, at) if number else "")


def _by_pass(key: ApiKey, visitor: str, old_pass: object, at: datetime) -> int | None:
    if not isinstance(old_pass, str) or not old_pass.isascii() or len(old_pass) > 1000:
        return None
    try:
        key_id, owner_of, customer_id, until = signing.loads(old_pass, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if (key_id, owner_of) != (key.pk, visitor) or until <= at.timestamp():
        return None
    return _living(customer_id)


def _pass(key: ApiKey, visitor: str, customer_id: int, at: datetime) -> str:
    until = int((at + PASS_LASTS).timestamp())
    return signing.dumps([key.pk, visitor, customer_id, until], salt=SALT)


def _owner(visitor: str) -> int | None:
    found = Visitor.objects.filter(anonymous_id=visitor).values_list("customer", flat=True).first()
    return _living(found) if found else None


def _living(customer_id: int) -> int | None:
    """The customer, or the one that she was merged into; None for who is erased."""
    people = Customer.objects.filter(pk=customer_id, erased_at=None)
    for merged_into, winner_erased in people.values_list("merged_into", "merged_into__erased_at"):
        return customer_id if merged_into is None else None if winner_erased else merged_into
    return None
