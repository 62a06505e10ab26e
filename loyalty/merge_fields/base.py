from collections.abc import Collection
from datetime import datetime

from customers.personalisation import MergeFields, Value, Values
from loyalty import programs
from loyalty.models import Program


class OfProgram(MergeFields):
    """Of the oldest programme that is active; empty without one, and where `of` says nothing."""

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        empty: dict[str, Value] = dict.fromkeys((field.key for field in self.fields), "")
        program = programs.active().first()
        said = self.of(program, customer_ids, language, at) if program else {}
        return {each: empty | said.get(each, {}) for each in customer_ids}

    def of(self, program: Program, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        raise NotImplementedError
