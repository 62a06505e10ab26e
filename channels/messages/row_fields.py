"""Merge fields whose values belong to the delivery and not to the person: what was put aside for this very message."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from channels.models import Content
from customers import personalisation
from customers.personalisation import MergeFields, Values

if TYPE_CHECKING:
    from channels.messages.rendering import Row

Wanted = Collection[str]
# Among a row's values: when ends what the message offers. It is not shown behind that.
OFFER_ENDS = "offer_ends_at"


class Complaint(NamedTuple):
    """What is wrong in a content: the block, its field (both may be empty), and the sentence with the mend."""

    content: Content
    block: str
    field: str
    sentence: str


class RowFields(MergeFields):
    """A group of such fields, registered like any other.

    Without a delivery, as in a preview, the samples stand for them. When a message is sent only `row_values` counts: a
    row that it leaves out is faulty, so nobody is ever sent a sample.
    """

    def wanted(self, fields: Wanted) -> bool:
        """Whether a content that reads `fields` needs this group."""
        return not {each.key for each in self.fields}.isdisjoint(fields)

    def row_values(self, rows: Sequence["Row"], language: str, at: datetime) -> dict[int, dict[str, Any]]:
        """{row id: values}, in a fixed number of statements."""
        raise NotImplementedError

    def trial(self, fields: Wanted, language: str, at: datetime | None) -> Mapping[str, Any]:
        """The same for somebody who looks at a draft at `at`; None: whenever that is."""
        return {}

    def faults(self, contents: Sequence[Content]) -> Iterator[Complaint]:
        """What does not go together in the contents of one message."""
        return iter(())

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        samples = {each.key: each.sample(language) for each in self.fields}
        return {customer: dict(samples) for customer in customer_ids}


def groups() -> list[RowFields]:
    return [each for each in personalisation.groups() if isinstance(each, RowFields)]


def keys() -> frozenset[str]:
    return frozenset(field.key for group in groups() for field in group.fields)


def load(
    pairs: Iterable[tuple["Row", frozenset[str]]], language: str, at: datetime
) -> dict[int, dict[str, Any]]:
    """{row id: values} for rows with the fields that their contents read."""
    found: dict[int, dict[str, Any]] = {}
    asked = list(pairs)
    contents = {fields for _row, fields in asked}
    for group in groups():
        reading = {fields for fields in contents if group.wanted(fields)}
        rows = [row for row, fields in asked if fields in reading]
        for row_id, values in (group.row_values(rows, language, at) if rows else {}).items():
            found.setdefault(row_id, {}).update(values)
    return found


def trial(fields: Wanted, language: str, at: datetime | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for group in groups():
        if group.wanted(fields):
            found |= group.trial(fields, language, at)
    return found


def faults(contents: Sequence[Content]) -> Iterator[Complaint]:
    for group in groups():
        yield from group.faults(contents)
