"""Has she been silent for so long that only a message may go that asks whether she still wants any?"""

from collections.abc import Sequence
from datetime import datetime

from channels import renewal
from channels.arbiter import policy
from channels.arbiter.policy import Asking
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, withhold
from channels.models import Message
from channels.renewal import Place
from config.clocks import months_later


def place(row: Row) -> Place:
    version = row.version_id or 0
    return Place(version, 0 if version else row.message_id, row.channel, row.language, row.variant)


@gates.register
class Idle(Gate):
    """Only where the delivery policy asks again, and behind all other reasons of the person: few are asked about."""

    key = "consent_idle"
    position = 80

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        rule = policy.load().asking if asked else None
        if rule is None or at < rule.since + rule.grace:
            return {}
        return self._silent(asked, rule, at)

    def _silent(self, rows: list[Row], rule: Asking, at: datetime) -> Verdicts:
        since = months_later(at - rule.grace, -rule.months)
        silent = renewal.silent({row.customer_id for row in rows}, since)
        held = [row for row in rows if row.customer_id in silent]
        asking = renewal.asking(map(place, held)) if held else set()
        return {row.id: withhold("consent_idle") for row in held if place(row) not in asking}
