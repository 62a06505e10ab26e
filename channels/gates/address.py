"""Is there an address, can it be one, and is it forbidden?"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from channels import suppression
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, withhold
from channels.delivery import bounces
from channels.messages.formats import formats
from channels.models import Message


def fits(channel: str, address: str) -> bool:
    return channel not in formats or formats[channel].fits(address)


@gates.register
class Address(Gate):
    key = "address"
    position = 60

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        return {
            row.id: withhold("bad_address" if row.address else "no_address")
            for row in rows
            if not row.address or not fits(row.channel, row.address)
        }


@gates.register
class Suppressed(Gate):
    """An objection or a complaint stops marketing; a mailbox that does not exist stops everything."""

    key = "suppression"
    position = 70

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        verdicts: Verdicts = {}
        by_channel = attrgetter("channel")
        for channel, same in groupby(sorted(rows, key=by_channel), by_channel):
            asked = list(same)
            reasons = suppression.load(channel, {row.address_key for row in asked})
            verdicts |= {
                row.id: withhold("suppressed")
                for row in asked
                if suppression.stops(reasons.get(row.address_key), row.purpose)
            }
        return verdicts


@gates.register
class Bouncing(Gate):
    """A mailbox that was full, or away, again and again gets no marketing for a while."""

    key = "bouncing"
    position = 75

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        held = bounces.held({row.channel for row in asked}, {row.address_key for row in asked}, at)
        return {row.id: withhold("bouncing") for row in asked if row.address_key in held}
