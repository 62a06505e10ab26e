"""Is it allowed?"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from channels import consent
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, withhold
from channels.models import Message


def kind(row: Row) -> tuple[str, int]:
    return row.channel, row.topic_id or 0


@gates.register
class Allowed(Gate):
    """Marketing needs a yes that covers its topic. Service messages answer something that she did."""

    key = "consent"
    position = 50

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = sorted((row for row in rows if row.purpose == Message.Purpose.MARKETING), key=kind)
        verdicts: Verdicts = {}
        for (channel, topic_id), same in groupby(asked, kind):
            verdicts |= self._without(list(same), channel, topic_id or None)
        return verdicts

    def _without(self, rows: list[Row], channel: str, topic_id: int | None) -> Verdicts:
        facts = consent.load({row.customer_id for row in rows}, channel, topic_id)
        return {row.id: withhold("no_consent") for row in rows if not facts[row.customer_id].may_send}
