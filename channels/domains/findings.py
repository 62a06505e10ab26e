"""What the records mean: a finding each for SPF, DKIM, DMARC and MX; whether they go together says `alignment`.

Sources: SPF RFC 7208 (one record, ten look-ups), DKIM RFC 6376 and RFC 8301 (keys of 1024 bits and more), DMARC
RFC 7489 and its tree walk; what large mailbox providers demand of bulk senders is R1 of the reference.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from channels.domains import dns

MOST_LOOKUPS = 10
ASKING = re.compile(
    r"[+?~-]?(include:|a(?=$|[:/])|mx(?=$|[:/])|ptr(?=$|:)|exists:|redirect=)(.*)", re.IGNORECASE
)
SHORTEST_KEY, GOOD_KEY = 1024, 2048
DEEPEST = 8  # labels that DMARC's walk up the tree looks at


class State(StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """`fault` names the sentence (`words.TEXTS`); `record` is what DNS said, `extra` what the sentence needs."""

    topic: str
    state: State
    fault: str
    record: str = ""
    extra: str = ""


def spf(domain: str, include: str) -> Finding:
    """Which servers may send for the domain."""
    found = [text for text in dns.texts(domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    if not found:
        return Finding("spf", State.BAD, "spf_missing", extra=include)
    if len(found) > 1:
        return Finding("spf", State.BAD, "spf_twice", " | ".join(found))
    record = found[0]
    words = record.lower().split()[1:]
    if "+all" in words or "all" in words:
        return Finding("spf", State.BAD, "spf_anybody", record)
    lookups, names = _lookups(record)
    if lookups > MOST_LOOKUPS:
        return Finding("spf", State.BAD, "spf_lookups", record, str(lookups))
    if include and include not in names:
        return Finding("spf", State.WARN, "spf_other", record, include)
    return Finding("spf", State.GOOD, "spf_good", record)


def _lookups(record: str) -> tuple[int, set[str]]:
    """How many questions a mailbox must ask to read the record to its end, and which records it includes."""
    names: set[str] = set()
    waiting, count = [record], 0
    while waiting and count <= MOST_LOOKUPS:
        for word in waiting.pop().split()[1:]:
            if not (found := ASKING.fullmatch(word)):
                continue
            count += 1
            if found[1].lower() in ("include:", "redirect=") and (name := found[2].lower()) not in names:
                names.add(name)
                waiting += [text for text in dns.texts(name) if text.lower().startswith("v=spf1")]
    return count, names


def dkim(domain: str, selectors: Sequence[str], told: bool) -> Finding:
    """Whether a key is there that our provider's signatures can be checked by. `told`: staff named the selectors."""
    keys = [(selector, text) for selector, text in _keys(domain, selectors)]
    if not keys:
        state, fault = (State.BAD, "dkim_missing") if told else (State.UNKNOWN, "dkim_unknown")
        return Finding("dkim", state, fault, extra=", ".join(selectors))
    return max((_key(selector, text) for selector, text in keys), key=lambda each: RANK[each.state])


RANK = {State.BAD: 0, State.UNKNOWN: 1, State.WARN: 2, State.GOOD: 3}


def _keys(domain: str, selectors: Sequence[str]) -> Iterator[tuple[str, str]]:
    for selector in selectors:
        for text in dns.texts(f"{selector}._domainkey.{domain}"):
            if "p=" in text:
                yield selector, text


def _key(selector: str, text: str) -> Finding:
    tags = tags_of(text)
    material = re.sub(r"\s", "", tags.get("p", ""))
    if not material:
        return Finding("dkim", State.BAD, "dkim_revoked", text, selector)
    if tags.get("k", "rsa") != "rsa":
        return Finding("dkim", State.GOOD, "dkim_good", text, selector)
    try:
        key = load_der_public_key(base64.b64decode(material, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return Finding("dkim", State.BAD, "dkim_broken", text, selector)
    size = key.key_size if isinstance(key, RSAPublicKey) else GOOD_KEY
    if size < SHORTEST_KEY:
        return Finding("dkim", State.BAD, "dkim_short", text, selector)
    return Finding(
        "dkim",
        State.GOOD if size >= GOOD_KEY else State.WARN,
        "dkim_good" if size >= GOOD_KEY else "dkim_weak",
        text,
        selector,
    )


def dmarc(domain: str) -> Finding:
    """What mailboxes are asked to do with mails that are not proven, and whether anybody hears of them."""
    found, name = _policies(domain)
    if not found:
        return Finding("dmarc", State.BAD, "dmarc_missing")
    if len(found) > 1:
        return Finding("dmarc", State.BAD, "dmarc_twice", " | ".join(found))
    tags = tags_of(found[0])
    if tags.get("p", "").lower() not in ("none", "quarantine", "reject"):
        return Finding("dmarc", State.BAD, "dmarc_broken", found[0])
    if "rua" not in tags:
        return Finding("dmarc", State.WARN, "dmarc_silent", found[0], name)
    return Finding("dmarc", State.GOOD, f"dmarc_{tags['p'].lower()}", found[0], name)


def _policies(domain: str) -> tuple[list[str], str]:
    """The policy of the domain, or of the nearest one above it, and where it stands."""
    labels = domain.split(".")[-DEEPEST:]
    for start in range(max(1, len(labels) - 1)):
        name = ".".join(labels[start:])
        found = [text for text in dns.texts(f"_dmarc.{name}") if re.match(r"v=DMARC1\s*(;|$)", text)]
        if found:
            return found, name
    return [], ""


def mx(domain: str) -> Finding:
    """Whether answers and bounces find a mailbox."""
    found = dns.exchangers(domain)
    return (
        Finding("mx", State.GOOD, "mx_good", ", ".join(found))
        if found
        else Finding("mx", State.WARN, "mx_missing")
    )


def tags_of(text: str) -> dict[str, str]:
    """`k=v; k=v` as DKIM and DMARC write it."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}
