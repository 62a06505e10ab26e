"""Saying no with a sentence that names the mend. Each part of loyalty has sentences of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Refusal(Exception):
    """`code` is a key of `sentences`, `facts` fill its sentence in."""

    sentences: "Mapping[str, StrPromise]"

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def sentence(self) -> str:
        return str(self.sentences[self.code]) % self.facts
