"""Codes by the hundred thousand, drawn and checked at once."""

import os

import numpy as np

from loyalty.coupons.codes import GIFT_CARD, GIFT_CARD_LENGTH, PLACE, SYMBOLS
from loyalty.models import CodeBatch

BASE = len(SYMBOLS)


def draw(batch: CodeBatch, count: int) -> bytes:
    """So many random codes as lines for COPY. Symbols come from numbers below 248, eight times 31: none is likelier."""
    fixed = np.array([PLACE[symbol] for symbol in batch.prefix], dtype=np.uint8)
    numbers = _numbers(count * batch.length).reshape(count, batch.length) % BASE
    body = np.hstack([np.broadcast_to(fixed, (count, fixed.size)), numbers])
    if body.shape[1] + 1 == GIFT_CARD_LENGTH:  # none may look like a gift card's
        first, second = (body[:, place] == PLACE[symbol] for place, symbol in enumerate(GIFT_CARD))
        body[first & second, 1] = 0
    checks = -(body @ np.arange(2, 2 + body.shape[1], dtype=np.int64)) % BASE
    symbols = np.frombuffer(SYMBOLS.encode(), dtype=np.uint8)
    rest = np.frombuffer(f"\t{batch.coupon_id}\t{batch.pk}\n".encode(), dtype=np.uint8)
    return np.hstack(
        [symbols[body], symbols[checks][:, None], np.broadcast_to(rest, (count, rest.size))]
    ).tobytes()


def _numbers(count: int) -> "np.ndarray[tuple[int], np.dtype[np.uint8]]":
    """Random bytes without those that would favour some symbols."""
    limit = 256 - 256 % BASE
    found = np.empty(0, dtype=np.uint8)
    while found.size < count:
        more = np.frombuffer(os.urandom(count - found.size + 64), dtype=np.uint8)
        found = np.concatenate([found, more[more < limit]])
    return found[:count]
