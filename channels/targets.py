"""Where a link in a message may lead: to an absolute web address that every browser reads the same way."""

from urllib.parse import urlsplit

LONGEST = 2_000


def is_safe(url: str) -> bool:
    """Whether `url` is http(s) with a plain host. Checked when a link is stored and again at each redirect.

    Refused are other schemes, addresses without host, names and passwords before the host, and whatever
    browsers read otherwise than we do: blanks, control characters, backslashes.
    """
    if len(url) > LONGEST or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        return False
    slashes = url[len(parts.scheme) :].startswith("://") and not url[len(parts.scheme) + 3 :].startswith("/")
    return parts.scheme in ("http", "https") and slashes and host.strip(".") != "" and "@" not in parts.netloc
