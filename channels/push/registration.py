"""A browser is kept, seen again, renewed, or switched off."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare

from channels import consent
from channels.models import PushSubscription, VapidKey
from channels.push import devices, encryption, keys, ownership, services
from channels.push.devices import Reason, endpoint_key
from config.http import Forbidden
from customers.models import Customer, Visitor

# Its own end is the browser's last word: whoever brings such an endpoint again has to subscribe anew.
FINAL = (Reason.GONE, Reason.REFUSED)


class BadSubscription(ValueError):
    """What was given is no subscription that we could use. The words are for a developer."""


class Stale(ValueError):
    """The browser has to subscribe anew, with our active key."""


class Keys(NamedTuple):
    """What a browser's PushSubscription holds; `public` is the key of ours that it was made with."""

    endpoint: str
    p256dh: str
    auth: str
    public: str


class Owner(NamedTuple):
    """`customer_id` only where she has proven who she is; `user_id` is a colleague who tries her own browser."""

    customer_id: int | None = None
    visitor: str = ""
    user_id: int | None = None


class Old(NamedTuple):
    """The subscription that a new one replaces, with the secret that only its browser knows."""

    endpoint: str
    auth: str


class Seen(NamedTuple):
    """What goes with a registration: a word for the browser, what she was asked just now and has agreed to, and the
    subscription that this one replaces."""

    browser: str = ""
    asked: dict[str, Any] | None = None
    old: Old | None = None


def register(given: Keys, owner: Owner, seen: Seen, at: datetime) -> PushSubscription:
    """Keep a browser, or see it again. Raises BadSubscription, and Stale when it must subscribe anew."""
    _check(given)
    try:
        return _register(given, owner, seen, at)
    except IntegrityError:  # the same page twice at once: now it is there
        return _register(given, owner, seen, at)


@transaction.atomic
def _register(given: Keys, owner: Owner, seen: Seen, at: datetime) -> PushSubscription:
    key = VapidKey.objects.filter(public=given.public).exclude(sealed="").first()
    if key is None:
        raise Stale
    former = _held(given, seen.old, owner)
    row = former.get(endpoint_key(given.endpoint)) or PushSubscription(
        endpoint_key=endpoint_key(given.endpoint)
    )
    if row.reason in FINAL or (row.auth and row.auth != given.auth):
        raise Stale
    replaced = _replaced(former, seen.old)
    _take_over(row, replaced)
    before = row.customer_id
    _fill(row, given, key, _standing(owner), at)
    row.browser = seen.browser[:60] or row.browser
    if seen.asked:
        row.evidence, row.asked_at = seen.asked, at
    row.save()
    if replaced is not None and replaced.pk != row.pk:
        devices.end([replaced.pk], Reason.REPLACED, at)
    ownership.settle({each for each in (before, row.customer_id) if each}, at)
    if row.customer_id and row.asked_at and (seen.asked or row.customer_id != before):
        consent.record([ownership.statement(row)], at)
    row.refresh_from_db()
    return row


def _replaced(former: dict[str, PushSubscription], old: Old | None) -> PushSubscription | None:
    """The former subscription, if who names it knows its secret."""
    found = former.get(endpoint_key(old.endpoint)) if old else None
    return found if found and old and found.auth and constant_time_compare(found.auth, old.auth) else None


def _check(given: Keys) -> None:
    try:
        services.origin(given.endpoint)
        encryption.point(keys.plain(given.p256dh))
        if len(keys.plain(given.auth)) != encryption.AUTH:
            raise encryption.BadKey("auth has 16 bytes.")
    except (Forbidden, ValueError) as error:
        raise BadSubscription(str(error) or "This is no push subscription.") from error


def _held(given: Keys, old: Old | None, owner: Owner) -> dict[str, PushSubscription]:
    """The rows of these endpoints under the locks of everybody concerned."""
    wanted = [endpoint_key(given.endpoint), *([endpoint_key(old.endpoint)] if old else [])]
    rows = PushSubscription.objects.filter(endpoint_key__in=wanted)
    people = {*rows.exclude(customer=None).values_list("customer", flat=True), owner.customer_id} - {None}
    ownership.hold({each for each in people if each})
    return {row.endpoint_key: row for row in rows.select_for_update().order_by("pk")}


# What is known of a browser besides its keys.
KNOWN = ("customer_id", "visitor_id", "user_id", "address", "evidence", "asked_at", "browser")


def _take_over(row: PushSubscription, replaced: PushSubscription | None) -> None:
    """A renewed subscription is the same browser: its owner, and what she agreed to, stay. One that was switched off
    and comes back begins anew: its secret is gone, so nobody can tell whose it was."""
    if row.pk is not None and row.ended_at is None:
        return
    former = replaced or PushSubscription()
    for name in KNOWN:
        setattr(row, name, getattr(former, name))


def _standing(owner: Owner) -> Owner:
    """Not for somebody who has been forgotten, or merged, since her token was read. Her Reach is held."""
    if owner.customer_id is None:
        return owner
    alive = Customer.objects.living().filter(pk=owner.customer_id)
    return owner if alive.exists() else owner._replace(customer_id=None)


def _fill(row: PushSubscription, given: Keys, key: VapidKey, owner: Owner, at: datetime) -> None:
    row.endpoint, row.p256dh, row.auth, row.vapid_key = given.endpoint, given.p256dh, given.auth, key
    row.renewed_at, row.ended_at, row.reason = at, None, ""
    if owner.visitor:
        row.visitor = Visitor.objects.get_or_create(anonymous_id=owner.visitor)[0]
    if owner.customer_id:
        row.customer_id = owner.customer_id
    if owner.user_id:
        row.user_id, row.address = owner.user_id, devices.staff_address(owner.user_id)


@transaction.atomic
def remove(endpoint: str, auth: str, at: datetime) -> bool:
    """The browser has switched them off. Only it knows `auth`. Whether there was such a one."""
    rows = PushSubscription.objects.filter(endpoint_key=endpoint_key(endpoint), ended_at=None)
    found = rows.first()
    if found is None or not constant_time_compare(found.auth, auth):
        return False
    people = {found.customer_id} if found.customer_id else set[int]()
    ownership.hold(people)
    devices.end([found.pk], Reason.REMOVED, at)
    ownership.settle(people, at)
    return True
