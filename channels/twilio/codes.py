"""Twilio's error codes, as answers to a call and in reports afterwards. An unknown one never costs an address."""

from channels.backends.base import Kind, Outcome, shortened

# She has opted out at the provider or the carrier, which would refuse each further message as well.
OPTED_OUT = frozenset({21610, 63014, 63033})
# No such mobile number, now or ever.
DEAD = frozenset({21211, 21217, 21614, 21635, 30005, 30006, 63003, 63024})
# This message cannot go to this person; the number itself may be right.
NOT_THIS = frozenset({21408, 21612, 21265, 30003, 30004, 30008, 63016, 63032, 63049})
# Too much at once.
BUSY = frozenset({20429, 14107, 30022, 63018, 63038})
OURS_STATUS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
REST = 1.0  # seconds, when nobody says how long


def outcome(status: int, code: int, words: str, retry_after: float | None = None) -> Outcome:
    """What an answer that took nothing over means."""
    detail = shortened(f"{code or status} {words}")
    if code in OPTED_OUT:
        return Outcome(Kind.ADDRESS, detail=detail, objected=True)
    if code in DEAD:
        return Outcome(Kind.ADDRESS, detail=detail)
    if code in NOT_THIS:
        return Outcome(Kind.ADDRESS, detail=detail, suppress=False)
    if status in (408, 429) or code in BUSY:
        return Outcome(Kind.LINE, detail=detail, retry_after=REST if retry_after is None else retry_after)
    if status == 503 and retry_after is not None:
        return Outcome(Kind.LINE, detail=detail, retry_after=retry_after)
    return Outcome(Kind.US if status in OURS_STATUS else Kind.UNKNOWN, detail=detail)
