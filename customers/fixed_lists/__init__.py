"""Fixed lists: made, renamed, shortened and deleted. `adding` puts people on them.

A change of members marks these people, so that the segments that ask about the list follow within a minute.
"""

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from customers import audit, dirty
from customers.models import FixedList, FixedListMember, FixedListReject, User
from customers.segments import lending

MOST_MARKED = 5_000  # people; above it everybody is marked, which is one row
FORGET = 50_000  # rows in one statement
TAKE_OFF = """
    DELETE FROM customers_fixedlistmember WHERE fixed_list_id = %(list)s AND customer_id = ANY(%(people)s)
"""
COUNT_AGAIN = """
    UPDATE customers_fixedlist SET updated_at = %(at)s,
        size = (SELECT count(*) FROM customers_fixedlistmember WHERE fixed_list_id = %(list)s)
    WHERE id = %(list)s
"""


class Refused(Exception):
    """Why it cannot be done, in words that say the mend."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@transaction.atomic
def create(name: str, user: User, at: datetime) -> FixedList:
    made = _named(FixedList(created_by=user, updated_at=at), name)
    audit.record(user, "list.added", made, at, name=made.name)
    return made


@transaction.atomic
def rename(fixed_list: FixedList, name: str, user: User, at: datetime) -> None:
    held(fixed_list)
    fixed_list.updated_at = at
    _named(fixed_list, name)
    audit.record(user, "list.renamed", fixed_list, at, name=fixed_list.name)


def _named(fixed_list: FixedList, name: str) -> FixedList:
    fixed_list.name = " ".join(name.split())
    if not fixed_list.name:
        raise Refused(_("The list needs a name."))
    try:
        with transaction.atomic():
            fixed_list.save(update_fields=["name", "updated_at"] if fixed_list.pk else None)
    except IntegrityError as error:
        raise Refused(_("Another list has this name.")) from error
    return fixed_list


@transaction.atomic
def remove(fixed_list: FixedList, members: QuerySet[FixedListMember], user: User, at: datetime) -> int:
    """Take these off the list; how many were on it."""
    held(fixed_list)
    chosen = members.filter(fixed_list=fixed_list)
    people = list(chosen.values_list("customer_id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(TAKE_OFF, {"list": fixed_list.pk, "people": people})
    changed(fixed_list, people, at)
    audit.record(user, "list.shortened", fixed_list, at, removed=len(people))
    return len(people)


@transaction.atomic
def delete(fixed_list: FixedList, user: User, at: datetime) -> bool:
    """False, and nothing done, when a segment uses it, also since a moment ago."""
    lending.lock()
    held(fixed_list)
    if lending.users("on_list", fixed_list.pk):
        return False
    audit.record(user, "list.deleted", fixed_list, at, name=fixed_list.name)
    fixed_list.delete()
    return True


def held(fixed_list: FixedList) -> None:
    """Nobody else changes the list until the transaction ends."""
    if not FixedList.objects.select_for_update().filter(pk=fixed_list.pk).exists():
        raise Refused(_("Somebody has just deleted this list."))


def changed(fixed_list: FixedList, people: list[int], at: datetime) -> None:
    """Note that these people came or went; their segments follow."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_AGAIN, {"at": at, "list": fixed_list.pk})
    if len(people) > MOST_MARKED:
        dirty.mark_everybody(at)
    else:
        dirty.mark(people, at)


def forget_rejects(before: datetime) -> int:
    """Delete the entries that named nobody, which may be addresses of strangers; how many rows these were."""
    forgotten = 0
    while True:
        old = FixedListReject.objects.filter(upload__at__lt=before).values_list("id", flat=True)[:FORGET]
        count, _of = FixedListReject.objects.filter(id__in=list(old)).delete()
        forgotten += count
        if count < FORGET:
            return forgotten
