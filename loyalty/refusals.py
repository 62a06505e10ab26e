"""Saying no with a sentence, and what mends it. Each part of loyalty has sentences of its own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config import formats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Refusal(Exception):
    """`code` is a key of `sentences`, `facts` fill its sentences in. `mends` says what mends it where the sentence does
    not say so itself, `fields` which part of a call is wrong where it is not `usual_field`."""

    sentences: "Mapping[str, StrPromise]"
    mends: "Mapping[str, StrPromise]" = {}
    fields: "Mapping[str, str]" = {}
    usual_field = ""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def sentence(self) -> str:
        return str(self.sentences[self.code]) % self._shown

    @property
    def mend(self) -> str:
        """May be empty."""
        return str(self.mends.get(self.code, "")) % self._shown

    @property
    def field(self) -> str:
        return self.fields.get(self.code, self.usual_field)

    @property
    def _shown(self) -> dict[str, str]:
        return {
            name: formats.number(fact) if isinstance(fact, int) else str(fact)
            for name, fact in self.facts.items()
        }
