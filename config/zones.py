"""Time zones to choose from."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> list[tuple[str, str]]:
    """(name, readable name) of every zone of a place, such as Europe/Berlin."""
    named = (name for name in available_timezones() if "/" in name)
    return [
        (name, name.replace("_", " ")) for name in sorted(named) if not name.startswith(("Etc/", "System"))
    ]
