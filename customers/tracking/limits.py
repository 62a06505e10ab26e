"""How much a public key may send: so many calls a minute from one address, counted for all processes together."""

import logging
from datetime import datetime

from django.conf import settings
from django.core.cache import caches

from customers.models import ApiKey

log = logging.getLogger(__name__)
MINUTE = 60


def exceeded(key: ApiKey, address: str, at: datetime, door: str = "ingest") -> bool:
    """Whether this call is one too many at this door. When the counter is away nobody is refused: behaviour is worth
    less than a sale, but more than a counter."""
    if key.kind != ApiKey.Kind.BROWSER:
        return False
    name = f"{door}:{key.pk}:{address}:{int(at.timestamp()) // MINUTE}"
    try:
        cache = caches["limits"]
        cache.add(name, 0, 2 * MINUTE)
        return bool(cache.incr(name) > settings.BROWSER_CALLS_A_MINUTE)
    except Exception as error:
        log.warning("The counter of calls is away: %s", type(error).__name__)
        return False
