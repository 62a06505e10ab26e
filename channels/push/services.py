"""Which push services are called. Whoever registers a browser says where its messages go, so that is an attacker's
input: it is compared with this list when it is saved, and again before each call."""

from django.conf import settings

from config import http
from config.http import Forbidden

LONGEST = 2000
HOSTS = frozenset({"fcm.googleapis.com", "web.push.apple.com"})
# Hosts below these names, which belong to Mozilla and Microsoft as a whole.
BELOW = (".push.services.mozilla.com", ".notify.windows.com")


def origin(endpoint: str) -> str:
    """The service's address, such as https://fcm.googleapis.com. Raises Forbidden for any that is not on the list."""
    if len(endpoint) > LONGEST:
        raise Forbidden("The address is too long.")
    scheme, host, port = http.place(endpoint)
    shown = f"{host}:{port}"
    if {host, shown} & {each.lower() for each in settings.PUSH_HOSTS}:
        return f"{scheme}://{host}" if (scheme, port) == ("https", 443) else f"{scheme}://{shown}"
    if (scheme, port) != ("https", 443) or not (host in HOSTS or host.endswith(BELOW)):
        raise Forbidden("This is none of the push services that are called.")
    return f"https://{host}"
