"""Questions to DNS: the answers as text, none, or `Unasked` where nobody answered."""

from typing import Any
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings

PATIENCE = 4.0  # seconds for one question


class Unasked(Exception):
    """No server answered, or not in time: the record may be there or not."""


def texts(name: str) -> list[str]:
    """The TXT records of a name, each put together from its strings."""
    return [b"".join(record.strings).decode("utf-8", "replace") for record in _ask(name, "TXT")]


def exchangers(name: str) -> list[str]:
    """The mail servers of a name, without the closing dot; one that takes no mail (RFC 7505) has none."""
    return [host for record in _ask(name, "MX") if (host := str(record.exchange).rstrip("."))]


def _ask(name: str, kind: str) -> list[Any]:
    try:
        return list(_resolver().resolve(name, kind, search=False))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
        return []
    except dns.exception.DNSException as error:
        raise Unasked(name) from error


def _resolver() -> dns.resolver.Resolver:
    """The system's, or the servers that the settings name (`127.0.0.1:5353`)."""
    if not settings.DNS_SERVERS:
        resolver = dns.resolver.Resolver()
    else:
        resolver = dns.resolver.Resolver(configure=False)
        places = [urlsplit(f"//{place}") for place in settings.DNS_SERVERS]
        resolver.nameservers = [place.hostname or "" for place in places]
        resolver.nameserver_ports = {place.hostname or "": place.port or 53 for place in places}
    resolver.lifetime = resolver.timeout = PATIENCE
    return resolver
