"""Bounces as qmail writes them (QSBMF, cr.yp.to/proto/qsbmf.txt): a text for people, whose paragraphs programs can tell
apart. They are given as the fields of RFC 3464, which say the same."""

import re

BEGIN = b"Hi. This is the "
BLANK = re.compile(rb"\r?\n[ \t]*\r?\n")
COPY = re.compile(rb"\r?\n[ \t]*\r?\n-[^\n]*\n\s*")  # from there on it is our own mail
RECIPIENT = re.compile(r"<[^\n>]{1,320}>:\s*(.*)", re.DOTALL)
STATUS = re.compile(r"\(#([245]\.\d{1,3}\.\d{1,3})\)", re.ASCII)
REMOTE = re.compile(r"Remote host said: (.*?)(?:\nGiving up on |\Z)", re.DOTALL)
MOST, LONGEST = 50, 1_000

Fields = dict[str, list[str]]


def read(body: bytes) -> tuple[list[Fields], bytes] | None:
    """What became of each recipient, and our mail as far as it is enclosed; None if it is no bounce of qmail's."""
    if not body.lstrip().startswith(BEGIN):
        return None
    told, *copy = COPY.split(body, 1)
    paragraphs = [each[:LONGEST].decode(errors="replace") for each in BLANK.split(told, MOST)[:MOST]]
    people = [_fields(found[1]) for each in paragraphs if (found := RECIPIENT.match(each.strip()))]
    return (people, copy[0] if copy else b"") if people else None


def _fields(said: str) -> Fields:
    status, remote = STATUS.search(said), REMOTE.search(said)
    return {
        "action": ["failed"],
        "status": [status[1] if status else ""],
        "diagnostic-code": [" ".join((remote[1] if remote else said).split())],
    }
