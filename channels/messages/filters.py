"""The filters of the marketers' language: few, pure, and unable to make anything large."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError

LONGEST = 20_000
LARGEST = 10**15


def _refuse(value: Any) -> None:
    """Raise FilterArgumentError for a text, list or number so large that a chain of filters would explode."""
    if isinstance(value, str | list | tuple | range):
        if len(value) > LONGEST:
            raise FilterArgumentError("value too long", token=None)
    elif isinstance(value, int | float) and not -LARGEST < value < LARGEST:
        raise FilterArgumentError("number too large", token=None)


def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same filter, refusing large arguments and large results."""

    def filter_(value: Any, *args: Any, **options: Any) -> Any:
        for part in (value, *args, *options.values()):
            _refuse(part)
        result = function(value, *args, **options)
        _refuse(result)
        return result

    return filter_


def replace(value: Any, old: Any, new: Any = "") -> str:
    """As in Liquid, but the result's size is known before it is built."""
    text, part, by = str(value), str(old), str(new)
    if text.count(part) * len(by) > LONGEST:
        raise FilterArgumentError("value too long", token=None)
    return text.replace(part, by)


def url_encode(value: Any) -> str:
    return quote_plus("" if value is None else str(value))


def web_address(value: Any) -> str:
    """The address if it leads to the web, else "#": data must never become `javascript:`."""
    address = str(value or "").strip()
    return address if address.lower().startswith(("http://", "https://")) else "#"


PURE: dict[str, Callable[..., Any]] = {
    "append": string.append,
    "at_least": math.at_least,
    "at_most": math.at_most,
    "capitalize": string.capitalize,
    "default": misc.default,
    "divided_by": math.divided_by,
    "downcase": string.downcase,
    "first": array.first,
    "last": array.last,
    "minus": math.minus,
    "plus": math.plus,
    "prepend": string.prepend,
    "remove": string.remove,
    "replace": replace,
    "round": math.round_,
    "size": misc.size,
    "slice": string.slice_,
    "strip": string.strip,
    "times": math.times,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "upcase": string.upcase,
    "url_encode": url_encode,
    "web_address": web_address,
}
FILTERS = {name: bounded(function) for name, function in PURE.items()}
