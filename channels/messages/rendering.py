"""A frozen content to what one person reads. Batches in, one result per row, a fault only for its own row.

Parsed templates live in a per-process LRU cache; merge values are loaded once per batch and language, for the
fields that its contents read, in a fixed number of queries.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from channels import links
from channels.messages import advertising, compiler, fast, row_fields, variants
from channels.messages import language as template_language
from channels.models import Message, MessageVersion, VersionContent
from channels.service_messages import data as call_data
from customers import catalogue, personalisation
from customers.models import Shop

logger = logging.getLogger(__name__)

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
NOTHING: Mapping[str, Any] = MappingProxyType({})
LONGEST_SUBJECT = 500
LONGEST_VALUE = 20_000

Render = Callable[[Mapping[str, Any]], str]


class Row(Protocol):
    """What is needed of a delivery; named tuples do. `tracked`: whether its links may name the delivery. `arm`: the
    control group is rendered too, and never sent."""

    @property
    def id(self) -> int: ...
    @property
    def customer_id(self) -> int: ...
    @property
    def version_id(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def variant(self) -> str: ...
    @property
    def tracked(self) -> bool: ...
    @property
    def context(self) -> Mapping[str, Any]: ...
    @property
    def arm(self) -> str: ...


class Rendered(NamedTuple):
    subject: str
    html: str
    text: str
    opt_out_url: str
    parts: Mapping[str, Any] = NOTHING
    ends_at: datetime | None = None


class RenderFault(NamedTuple):
    """Why this one message cannot be made. The sentence holds no personal data."""

    sentence: str


@dataclass(frozen=True)
class Parsed:
    """A content, ready to be filled in."""

    language: str
    fields: frozenset[str]
    products: tuple[int, ...]
    link_ids: tuple[tuple[str, int], ...]
    subject: Render
    html: Render
    text: Render
    parts: Any = field(default=None, hash=False)


Contents = Mapping[tuple[str, str, str], Parsed]


Fill = Callable[[], Rendered | RenderFault]


def render(rows: Sequence[Row], at: datetime) -> dict[int, Rendered | RenderFault]:
    """{row id: Rendered, or RenderFault for that row alone}, in a fixed number of queries per batch."""
    return {key: fill() for key, fill in ready(rows, at).items()}


def ready(rows: Sequence[Row], at: datetime) -> dict[int, Fill]:
    """As `render`, but nothing is filled in yet: whoever finds the first ones faulty need not go on."""
    fills: dict[int, Fill] = {}
    by_language: dict[str, list[tuple[Row, Parsed]]] = {}
    for row in rows:
        content = chosen(row)
        if content is None:
            fills[row.id] = partial(RenderFault, _("There is no content in this language."))
        else:
            by_language.setdefault(content.language, []).append((row, content))
    for language, pairs in by_language.items():
        people = _people(pairs, language, at)
        goods = _products((p for _row, content in pairs for p in content.products), language)
        told = _told(pairs)
        own = row_fields.load(((row, content.fields) for row, content in pairs), language, at)
        spared = advertising.left_out((row, content.fields) for row, content in pairs if _is_service(row))
        for row, content in pairs:
            values = {**told.get(row.id, NOTHING), **own.get(row.id, NOTHING), **spared.get(row.id, NOTHING)}
            fills[row.id] = partial(_one, row, content, people.get(row.customer_id, {}), goods, values)
    return fills


def chosen(row: Row) -> Parsed | None:
    """The content in the row's language, in the same language elsewhere, or in the fallback language; of her variant,
    or of A where that is not written."""
    contents, fallback, _purpose = _contents(row.version_id)
    for language in dict.fromkeys((row.language, row.language.split("-")[0], fallback)):
        for variant in (row.variant, variants.FIRST):
            if found := contents.get((row.channel, language, variant)):
                return found
    return None


def forget() -> None:
    """Empty the cache; versions never change, so only tests that reuse ids need it."""
    _contents.cache_clear()


@lru_cache(maxsize=64)
def _contents(version_id: int) -> tuple[Contents, str, str]:
    version = MessageVersion.objects.select_related("message").get(pk=version_id)
    rows = VersionContent.objects.filter(version=version_id).prefetch_related("links")
    found = {(row.channel, row.language, row.variant): parsed(row) for row in rows}
    return found, version.fallback_language, version.message.purpose


def _is_service(row: Row) -> bool:
    return _contents(row.version_id)[2] == Message.Purpose.SERVICE


def parsed(content: VersionContent) -> Parsed:
    ids = tuple((f"link_{link.position}", link.pk) for link in content.links.all())
    return from_templates(
        content.language, content.subject, content.html, content.text, content.fields, ids, content.parts
    )


def from_templates(
    language: str,
    subject: str,
    html: str,
    text: str,
    fields: Iterable[str],
    link_ids: tuple[tuple[str, int], ...] = (),
    parts: Mapping[str, Any] = NOTHING,
) -> Parsed:
    keys = frozenset(fields)
    return Parsed(
        language,
        keys,
        tuple(compiler.chosen_products(sorted(keys))),
        link_ids,
        fast.compiled(template_language.parse(subject, html=False)),
        fast.compiled(template_language.parse(html, html=True)),
        fast.compiled(template_language.parse(text, html=False)),
        _parts(parts) if parts else None,
    )


def _parts(value: Any) -> Any:
    """The same with each text ready to be filled in."""
    match value:
        case str():
            return fast.compiled(template_language.parse(value, html=False))
        case Mapping():
            return {key: _parts(each) for key, each in value.items()}
        case list():
            return [_parts(each) for each in value]
    return value


def _shown(parts: Any, values: Mapping[str, Any]) -> Any:
    match parts:
        case dict():
            return {key: _shown(each, values) for key, each in parts.items()}
        case list():
            return [_shown(each, values) for each in parts]
    return parts(values).strip() if callable(parts) else parts


def filled(content: Parsed, values: Mapping[str, Any], opt_out_url: str = "") -> Rendered | RenderFault:
    """One message from values that are all there. Never raises."""
    try:
        _refuse_oversized(values)
        return Rendered(
            CONTROL.sub(" ", content.subject(values)).strip()[:LONGEST_SUBJECT],
            content.html(values),
            content.text(values),
            opt_out_url,
            _shown(content.parts, values) if content.parts else NOTHING,
            values.get(row_fields.OFFER_ENDS),
        )
    except LiquidError as error:
        return RenderFault(_explain(error))
    except Exception as error:
        # One customer must not stop the others. The error could quote her, so only its kind is kept.
        logger.warning("a message could not be rendered: %s", type(error).__name__)
        return RenderFault(_("The data of this customer cannot be used in the message."))


def _explain(error: LiquidError) -> str:
    name = type(error).__name__
    if name == "UndefinedError":
        field = str(error.message).removesuffix(" is undefined").strip("'\"")
        return _("The field “%(field)s” has no value for this customer.") % {"field": field}
    if name.endswith("LimitError"):
        return _("The message became too long.")
    return _("The data of this customer cannot be used in the message.")


def _refuse_oversized(values: Mapping[str, Any]) -> None:
    for value in values.values():
        if value.__class__ is str and len(value) > LONGEST_VALUE:
            raise ValueError


def _one(
    row: Row,
    content: Parsed,
    person: Mapping[str, Any],
    goods: Mapping[str, Any],
    told: Mapping[str, Any],
) -> Rendered | RenderFault:
    if "first_name" not in person:
        return RenderFault(_("This customer no longer exists."))
    opt_out = address("u", links.opt_out_token(row.id))
    values = {**person, **goods, **told, "opt_out_url": opt_out}
    if "preferences_url" in content.fields:
        values["preferences_url"] = address("p", links.preferences_token(row.id))
    if "confirm_url" in content.fields:
        values["confirm_url"] = address("p", links.preferences_token(row.id)) + "?confirm"
    for name, link_id in content.link_ids:
        token = links.click_token(link_id, row.id) if row.tracked else links.anonymous_token(link_id)
        values[name] = address("c", token)
    return filled(content, values, opt_out)


def address(door: str, token: str) -> str:
    """The public page behind a token: `c` for clicks, `u` for opting out, `p` for one's preferences."""
    return f"{settings.PUBLIC_URL}/{door}/{token}/"


def _people(pairs: Sequence[tuple[Row, Parsed]], language: str, at: datetime) -> personalisation.Values:
    keys = frozenset().union(*(content.fields for content in {content for _row, content in pairs}))
    keys -= row_fields.keys()
    # The groups leave out people who are gone, so one group is always asked.
    return personalisation.load(
        keys | {"first_name"}, {row.customer_id for row, _content in pairs}, language, at
    )


def _told(pairs: Sequence[tuple[Row, Parsed]]) -> dict[int, dict[str, Any]]:
    """What the calls say that asked for these messages, by row id."""
    called = [row for row, content in pairs if call_data.NAME in content.fields]
    return {key: {call_data.NAME: value} for key, value in call_data.load(called).items()} if called else {}


def _products(ids: Iterable[int], language: str) -> dict[str, Any]:
    """{"product_17": what the catalogue shows} for the products that somebody chose for a block."""
    chosen_ids = set(ids)
    if not chosen_ids:
        return {}
    found = catalogue.load(chosen_ids, language, Shop.current().currency)
    return {f"product_{key}": value for key, value in found.items()}


def trial(
    compiled: compiler.Compiled, language: str, values: Mapping[str, Any], at: datetime | None = None
) -> Rendered | RenderFault:
    """A draft filled in with `values`, for looking at: its links lead to a page that says it is a test."""
    content = from_templates(
        language, compiled.subject, compiled.html, compiled.text, compiled.fields, parts=compiled.parts
    )
    links_ = {f"link_{target.position}": test_link() for target in compiled.targets}
    goods = _products(content.products, language)
    ours = dict.fromkeys(("opt_out_url", "preferences_url", "confirm_url"), test_link())
    own = row_fields.trial(content.fields, language, at)
    return filled(content, {**values, **goods, **own, **links_, **ours}, test_link())


def test_link() -> str:
    return f"{settings.PUBLIC_URL}{reverse('test_link')}"
