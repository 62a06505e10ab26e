"""Telling mail scanners and previews from people, by signals that are documented and can be read again.

A request is taken for a machine's when
- a header says that it is a prefetch or a preview,
- its user agent is one that mail gateways, link previews, crawlers and scripts send,
- it comes within two seconds after the provider took the message, sooner than anybody can read it,
- another link of the same message was opened within the second before (then both are).
A HEAD request is never counted at all. A missing user agent, or a browser without a window, says nothing: people
who guard their privacy send the same.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

TOO_SOON = timedelta(seconds=2)
BURST = timedelta(seconds=1)
PREFETCH_HEADERS = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
PREFETCH = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
AGENTS = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|scan|prefetch|proxy|monitor|validator"
    r"|proofpoint|mimecast|barracuda|safelinks|trendmicro|symantec|fortinet|sophos|forcepoint|cisco|zscaler"
    r"|facebookexternalhit|meta-external|facebookcatalog|slack|whatsapp|telegram|skypeuri|embedly|bitly"
    r"|curl|wget|python|aiohttp|httpx|java/|okhttp|go-http|libwww|axios|node-fetch|ruby|perl|php|powershell",
    re.IGNORECASE,
)


def is_machine(headers: Mapping[str, str]) -> bool:
    """By what the request says of itself."""
    agent = headers.get("User-Agent", "")
    announced = any(PREFETCH.search(headers.get(name, "")) for name in PREFETCH_HEADERS)
    return announced or AGENTS.search(agent) is not None


def is_too_soon(accepted_at: datetime | None, at: datetime) -> bool:
    return accepted_at is not None and at - accepted_at < TOO_SOON
