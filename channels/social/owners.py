"""To what a group of posts belongs. Upper apps say it, one file each in their folder `social_owners`."""

from collections.abc import Sequence
from typing import NamedTuple

from config.registry import Registry


class Owner(NamedTuple):
    name: str
    url: str


class Owners:
    """A kind of owner, such as campaigns."""

    key: str

    def of(self, group_ids: Sequence[int]) -> dict[int, Owner]:
        raise NotImplementedError


owners: Registry[Owners] = Registry("social_owners")


def of(group_id: int) -> Owner | None:
    return next((found for kind in owners for found in kind.of([group_id]).values()), None)
