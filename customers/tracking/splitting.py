"""Where the messages of a batch begin and end, by brackets and quotes alone.

For bodies that are no JSON as a whole: what Python's `json` makes of NaN, a tower of brackets or bytes that are no text
then cost only the message that they stand in.
"""

import re
from typing import NamedTuple

# A string that never ends is one token up to the end: otherwise each of its quotes would be tried as a beginning.
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
BATCH = b'"batch"'


class Parts(NamedTuple):
    """The messages as they were sent, and what stands around them, with an empty list in their place."""

    messages: list[bytes]
    envelope: bytes


def split(data: bytes) -> Parts | None:
    """The parts of a call; None where no list `batch` begins and ends."""
    depth, name, first, begin = 0, b"", -1, 0
    messages: list[bytes] = []
    for token in TOKEN.finditer(data):
        mark = token[0]
        if mark in (b"{", b"["):
            if mark == b"[" and depth == 1 and name == BATCH and first < 0:
                first = begin = token.end()
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if first >= 0 and depth == 1:
                last = data[begin : token.start()].strip()
                if last or messages:
                    messages.append(last)
                return Parts(messages, data[:first] + data[token.start() :])
        elif mark == b",":
            if first >= 0 and depth == 2:
                messages.append(data[begin : token.start()].strip())
                begin = token.end()
        elif depth == 1:
            name = mark
    return None


def is_deeper(data: bytes, most: int) -> bool:
    """Whether brackets stand in brackets more than so many times."""
    if data.count(b"{") + data.count(b"[") <= most:
        return False
    depth = 0
    for token in TOKEN.finditer(data):
        mark = token[0]
        depth += (mark in (b"{", b"[")) - (mark in (b"}", b"]"))
        if depth > most:
            return True
    return False
