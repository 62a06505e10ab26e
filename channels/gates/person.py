"""Is there still such a person, and is the message written for her?"""

from collections.abc import Sequence
from datetime import datetime

from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, withhold


@gates.register
class Gone(Gate):
    key = "gone"
    position = 30

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {
            row.id: withhold("erased" if row.erased else "merged") for row in rows if row.erased or row.merged
        }


@gates.register
class Written(Gate):
    key = "written"
    position = 40

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {row.id: withhold("no_language") for row in rows if not row.written}
