"""UTM parameters: what the shop's own statistics learn of a visit from an address, whichever channel it came by."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils.text import slugify

from channels import targets
from customers.finding import SPELLED

PREFIX = "utm_"
SOURCE = "stammkunde"


def target(link: str, source: str, medium: str, campaign: str) -> str:
    """The link with utm_source, utm_medium and utm_campaign, unless it already has its own."""
    return _with(link, {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign})


def carried(link: str, given: str) -> str:
    """The link with the parameters that the address `given` has, for one that is known only when it is followed."""
    theirs = _parameters(given) if targets.is_safe(given) else []
    return _with(link, {name: value for name, value in theirs if name.startswith(PREFIX)})


def slug(name: str) -> str:
    """ "Großer Advent 2026" -> "grosser-advent-2026"; a name without Latin letters stays as it is."""
    return slugify(name.lower().translate(SPELLED)) or name.strip()


def _with(link: str, wanted: dict[str, str]) -> str:
    """Behind what stands in the query, before the fragment. An address that would become too long stays as it is."""
    if not targets.is_safe(link):
        return link
    taken = {name for name, _value in _parameters(link)}
    more = urlencode([(name, value) for name, value in wanted.items() if value and name not in taken])
    front, mark, fragment = link.partition("#")
    joint = "?" if "?" not in front else "" if front.endswith(("?", "&")) else "&"
    made = f"{front}{joint}{more}{mark}{fragment}" if more else link
    return made if targets.is_safe(made) else link


def _parameters(link: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(link).query, keep_blank_values=True)
