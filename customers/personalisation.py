"""What can be said to a person: the fields that a message's text may name, filled in by every app.

An app adds a file to its `merge_fields/` folder and registers one group of fields there. Values are plain
(str, int, float, bool, None, list of dicts of those), in the words and formats of the wanted language.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

Value = str | int | float | bool | None | list[dict[str, Any]]
Values = dict[int, dict[str, Value]]
LONGEST_LIST = 12


@dataclass(frozen=True)
class MergeField:
    """One field. `samples`: an example per language, "en" at least. `items`: the keys of a list's entries.

    `constant` fields are the same for everybody, so a link made of them can be counted.
    """

    key: str
    label: "StrPromise"
    samples: Mapping[str, Value]
    items: Mapping[str, "StrPromise"] = field(default_factory=dict)
    constant: bool = False

    def sample(self, language: str) -> Value:
        value: Value = in_language(self.samples, language)
        return value

    @property
    def is_list(self) -> bool:
        return bool(self.items)


class MergeFields:
    """A group of fields that come from the same rows, so that a batch loads them once.

    `advertising`: lists of what somebody might buy; in a service message they are empty for who wants no advertising.
    """

    key: str
    label: "StrPromise"
    position: int = 50
    advertising: bool = False
    fields: Sequence[MergeField]

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        """{customer id: {field key: value}} for all fields, in a fixed number of queries.

        A customer who is left out, or a missing key, makes the message to her faulty rather than empty: give
        "" or None or [] for what is not known. `language` is a code such as "de" or "de-AT".
        """
        raise NotImplementedError


merge_fields: Registry[MergeFields] = Registry("merge_fields")


def in_language(texts: Mapping[str, Any], language: str) -> Any:
    """texts["de-AT"], else ["de"], else ["en"], else any."""
    for code in (language, language.split("-")[0], "en"):
        if code in texts:
            return texts[code]
    return next(iter(texts.values()), None)


def groups() -> list[MergeFields]:
    """For people to choose from, in the order of their `position`."""
    return sorted(merge_fields, key=lambda group: (group.position, group.key))


def fields() -> Iterator[MergeField]:
    for group in groups():
        yield from group.fields


def known() -> dict[str, MergeField]:
    """Every field by its key."""
    return {each.key: each for each in fields()}


def samples(language: str) -> dict[str, Value]:
    """An invented person's values, for previews without a customer."""
    return {each.key: each.sample(language) for each in fields()}


def load(keys: Collection[str], customer_ids: Collection[int], language: str, at: datetime) -> Values:
    """{customer id: values} of the groups that hold any of `keys`: a fixed number of queries per group."""
    wanted = set(keys)
    values: Values = {customer_id: {} for customer_id in customer_ids}
    for group in groups():
        if wanted.isdisjoint(each.key for each in group.fields):
            continue
        for customer_id, found in group.values(customer_ids, language, at).items():
            values[customer_id].update(found)
    return values
