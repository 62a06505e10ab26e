"""Whether what proves a mail proves it for the domain that readers see: DMARC counts a signature (d=) or a return
address only where its domain is aligned with that of From (RFC 7489, 3.1).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from channels.domains import findings
from channels.domains.findings import Finding, State

TOPIC = "alignment"
STRICT = "s"
WORKS = (State.GOOD, State.WARN)


class Proofs(NamedTuple):
    """What was found for the domain, under which selectors, and the return address's domain of each account that sends
    from it; "" where the provider chooses one that we do not see."""

    spf: Finding
    dkim: Finding
    dmarc: Finding
    selectors: Sequence[str]
    paths: Sequence[str]


def finding(domain: str, proofs: Proofs) -> Finding:
    if proofs.dmarc.state is State.BAD:
        return Finding(TOPIC, State.UNKNOWN, "align_no_policy")
    tags, top = findings.tags_of(proofs.dmarc.record), proofs.dmarc.extra or domain
    signing = _signing(domain, proofs, top)
    if signing and _agrees(signing, domain, top, tags.get("adkim", "")):
        return Finding(TOPIC, State.GOOD, "align_dkim", extra=signing)
    strangers = [
        path for path in proofs.paths if path and not _agrees(path, domain, top, tags.get("aspf", ""))
    ]
    if not strangers and proofs.paths and all(proofs.paths) and proofs.spf.state in WORKS:
        return Finding(TOPIC, State.GOOD, "align_spf", extra=", ".join(sorted(set(proofs.paths))))
    unsigned = bool(signing) or proofs.dkim.state is State.BAD
    if unsigned and strangers:
        names = dict.fromkeys([*strangers, *([signing] if signing else [])])
        return Finding(TOPIC, State.BAD, "align_none", extra=", ".join(names))
    if unsigned and proofs.spf.state is State.BAD:
        return Finding(TOPIC, State.BAD, "align_nothing")
    return Finding(TOPIC, State.UNKNOWN, "align_unknown")


def _signing(domain: str, proofs: Proofs, top: str) -> str:
    """The domain under which a key stands that works: this one, else that of the return address or the one above."""
    if proofs.dkim.state in WORKS:
        return domain
    return next(_elsewhere(domain, proofs, top), "")


def _elsewhere(domain: str, proofs: Proofs, top: str) -> Iterator[str]:
    for name in dict.fromkeys([*proofs.paths, top]):
        if name and name != domain and findings.dkim(name, proofs.selectors, told=False).state in WORKS:
            yield name


def _agrees(name: str, domain: str, top: str, mode: str) -> bool:
    """Strict: the same. Relaxed: of one organisation, which is as high as the policy stands or one contains the
    other."""
    if name == domain or mode.lower() == STRICT:
        return name == domain
    return _within(name, domain) or _within(domain, name) or (_within(name, top) and _within(domain, top))


def _within(name: str, above: str) -> bool:
    return name == above or name.endswith(f".{above}")
