"""What a browser may be given of a message: words, and addresses of the web. Asked when one is kept, and when read."""

from collections.abc import Mapping
from typing import Any

from channels import targets

MOST_ACTIONS = 3
LONGEST_LABEL = 80
LONGEST_WORDS = 300


def link(value: Any) -> str:
    """The address if it is one of the web, else ""."""
    return value if isinstance(value, str) and targets.is_safe(value) else ""


def words(value: Any, longest: int = LONGEST_WORDS) -> str:
    return value[:longest] if isinstance(value, str) else ""


def parts(given: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside title and text: picture, link, actions, gap. Whatever is not as it should be is left out."""
    named = [each for each in given.get("actions") or () if isinstance(each, Mapping)]
    actions = [
        {"label": words(each.get("label"), LONGEST_LABEL), "link": link(each.get("link"))} for each in named
    ]
    gap = given.get("gap")
    return {
        "picture": link(given.get("picture")),
        "link": link(given.get("link")),
        "actions": [each for each in actions if each["label"] and each["link"]][:MOST_ACTIONS],
        "gap": {name: words(gap.get(name)) for name in ("words", "reached")}
        if isinstance(gap, Mapping)
        else None,
    }
