"""The data of a call, which its message's texts read as `{{ data.order_number }}`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from channels.messages import compiler
from channels.messages import language as template_language
from channels.models import Message, MessageVersion, ServiceCall, ServiceMessage

NAME = "data"
EACH = "[]"
MOST_BYTES = 32_000
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)  # what a template can name


class Called(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def context(self) -> Mapping[str, Any]: ...


def load(rows: Iterable[Called]) -> dict[int, Any]:
    """The data by row id, in one query."""
    calls = {row.id: row.context.get("call") for row in rows}
    found = dict(ServiceCall.objects.filter(pk__in=set(calls.values())).values_list("pk", "data"))
    return {row_id: found[call] for row_id, call in calls.items() if call in found}


def sample(message: Message) -> dict[str, Any]:
    """What previews fill in."""
    found = ServiceMessage.objects.filter(message=message).values_list("sample", flat=True).first()
    return {} if found is None else {NAME: found}


class Place(NamedTuple):
    """Something that a call brings: what a template writes for it, and what the sample holds there."""

    name: str
    insert: str
    sample: str


def places(message: Message) -> list[Place]:
    """What an editor may insert, by the sample of the message's calls."""
    return list(_places(sample(message).get(NAME, {}), NAME))


def _places(value: Any, path: str) -> Iterator[Place]:
    name = path.removeprefix(f"{NAME}.")
    if isinstance(value, dict):
        for key, inner in value.items():
            if KEY.fullmatch(key):
                yield from _places(inner, f"{path}.{key}")
    elif isinstance(value, list):
        first = value[0] if value and isinstance(value[0], dict) else {}
        line = " ".join(f"{{{{ each.{key} }}}}" for key in first if KEY.fullmatch(key)) or "{{ each }}"
        shown = ", ".join(str(each) for each in (first.values() if first else value[:3]))
        yield Place(name, f"{{% for each in {path} %}}\n- {line}\n{{% endfor %}}", shown[:80])
    else:
        yield Place(name, f"{{{{ {path} }}}}", "" if value is None else str(value)[:80])


def wanted(version: MessageVersion) -> list[str]:
    """The places that its texts read, such as "order_number" and "lines[].price"."""
    paths: set[tuple[str, ...]] = set()
    for content in version.contents.all():
        sources = [(content.html, True), *((text, False) for text in _texts(content))]
        for source, html in sources:
            template = template_language.parse(source, html=html)
            paths |= {use.path[1:] for use in template_language.uses(template) if use.path[0] == NAME}
    return sorted({_written(path) for path in paths if path} - {""})


def _texts(content: Any) -> Iterator[str]:
    yield from (content.subject, content.text, *compiler.texts_in(content.parts))
    yield from content.links.values_list("url", flat=True)


def _written(path: Sequence[str]) -> str:
    """Liquid's own words at the end of a path are not the caller's."""
    while path and path[-1] in ("size", "first", "last"):
        path = path[:-1]
    return ".".join(path).replace(f".{EACH}", EACH)


def missing(wants: Iterable[str], data: Mapping[str, Any]) -> list[str]:
    """Those of the wanted places that the data does not have."""
    return [place for place in wants if not _has(data, place.replace(EACH, f".{EACH}").split("."))]


def _has(value: Any, path: Sequence[str]) -> bool:
    if not path:
        return True
    if path[0] == EACH:
        return isinstance(value, list) and all(_has(each, path[1:]) for each in value)
    return isinstance(value, dict) and path[0] in value and _has(value[path[0]], path[1:])
