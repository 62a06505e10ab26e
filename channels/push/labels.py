"""A browser in a word, from what it says of itself: enough for its owner to know it again, and no more."""

PLATFORMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
# The first that is named: others carry the names of those they are made from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def browser(user_agent: str) -> str:
    """Such as "Chrome · Android"; "" when nothing is known."""
    parts = (
        next((name for mark, name in known if mark in user_agent), "") for known in (BROWSERS, PLATFORMS)
    )
    return " · ".join(filter(None, parts))
