"""The marketers' template language: Liquid, cut down to what a message needs.

It knows `{{ field | filter }}`, `{% if %}`, `{% unless %}` and `{% for %}`; no assignment, no
includes, no ranges, no computed keys. Values are plain strings, numbers, lists and dicts. All limits of
python-liquid are set. HTML is escaped where a value is written, so no filter can undo it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from django.utils.translation import gettext as _
from liquid import Environment, StrictUndefined
from liquid.ast import Node
from liquid.builtin.content import Literal as ContentTag
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.loop import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.builtin.tags.if_tag import IfTag
from liquid.builtin.tags.unless_tag import UnlessTag
from liquid.exceptions import LiquidError
from liquid.expression import Expression
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from markupsafe import escape

from channels.messages.filters import FILTERS

LONGEST_SOURCE = 20_000
LARGEST_OUTPUT = 100_000
LONGEST_MARK = 1_000
OPENING = re.compile(r"\{\{|\{%")
MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TAG_LINE = re.compile(r"^[ \t]*(\{%(?:(?!%\}).)*%\})[ \t]*$", re.MULTILINE)
FORBIDDEN = re.compile(r"\{%-?\s*(raw|endraw|doc|enddoc|comment|endcomment|liquid)\b")


class EscapingNode(OutputNode):
    """`{{ }}` in HTML: whatever the expression gave, its text is escaped here and nowhere else."""

    def render_to_output(self, context: Any, buffer: TextIO) -> int:
        return buffer.write(str(escape(to_liquid_string(self.expression.evaluate(context), False))))


class EscapingOutput(Output):
    node_class = EscapingNode


class MessageLanguage(Environment):
    """python-liquid with our tags and filters only, and every limit set."""

    output_stream_limit = LARGEST_OUTPUT
    loop_iteration_limit = 500
    local_namespace_limit = 10_000
    context_depth_limit = 10
    block_nesting_limit = 10
    suppress_blank_control_flow_blocks = False

    output: type[Output] = Output

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (ContentTag, self.output, Illegal, IfTag, UnlessTag, ForTag):
            self.add_tag(tag)
        self.filters.update(FILTERS)


class HtmlLanguage(MessageLanguage):
    output = EscapingOutput


TEXT = MessageLanguage(undefined=StrictUndefined)
HTML = HtmlLanguage(undefined=StrictUndefined)


@dataclass(frozen=True)
class Use:
    """A field that a template reads. `("last_products", "[]", "price")` is `p.price` inside a loop."""

    path: tuple[str, ...]
    line: int


class Broken(Exception):
    """A template that cannot be used; `sentence` says why, for the person who wrote it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def parse(source: str, *, html: bool) -> BoundTemplate:
    """The parsed template. Raises Broken for anything outside the language."""
    if (html is False and len(source) > LARGEST_OUTPUT) or len(source) > 2 * LARGEST_OUTPUT:
        raise Broken(_("This is too long for a message."))
    _refuse_unreadable(source)
    try:
        template = (HTML if html else TEXT).from_string(source)
    except LiquidError as error:
        raise Broken(_sentence(error)) from None
    except (ValueError, RecursionError):
        raise Broken(_("This cannot be read as a template.")) from None
    for expression, _names in _expressions(template.nodes, {}):
        _refuse_unsafe(expression)
    return template


def _refuse_unreadable(source: str) -> None:
    """Refuse what python-liquid's lexer would take too long over (its patterns backtrack), or read as raw text."""
    for match in OPENING.finditer(source):
        end = source.find("}}" if match.group() == "{{" else "%}", match.end())
        if not 0 <= end - match.end() <= LONGEST_MARK:
            line = source.count("\n", 0, match.start()) + 1
            sentence = _("a curly bracket is not closed.")
            raise Broken(_("Line %(line)d: %(sentence)s") % {"line": line, "sentence": sentence})
    found = FORBIDDEN.search(source)
    if found:
        line = source.count("\n", 0, found.start()) + 1
        sentence = _("Line %(line)d: the command “%(tag)s” does not exist here.")
        raise Broken(sentence % {"line": line, "tag": found.group(1)})


def uses(template: BoundTemplate) -> list[Use]:
    """Every field the template reads, loop variables resolved to the list they run over."""
    found = []
    for expression, names in _expressions(template.nodes, {}):
        if isinstance(expression, Path):
            path = tuple(str(part) for part in expression.path)
            found.append(Use(names.get(path[0], path[:1]) + path[1:], _line(expression)))
    return found


def marks(text: str) -> Iterator[re.Match[str]]:
    """The `{{ }}` and `{% %}` in a text."""
    return MARK.finditer(text)


def _line(expression: Expression) -> int:
    token = expression.token
    return token.source.count("\n", 0, max(token.start_index, 0)) + 1


def _expressions(
    nodes: Iterable[Node], names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[Expression, Mapping[str, tuple[str, ...]]]]:
    """All expressions under `nodes`, each with the loop variables that are known there."""
    for node in nodes:
        inside = names
        for expression in node.expressions():
            yield from ((part, names) for part in _flat(expression))
        if isinstance(node, ForNode):
            inside = {
                **names,
                node.expression.identifier: _item(node.expression, names),
                "forloop": ("forloop",),
            }
        yield from _expressions(node.children(None), inside)  # type: ignore[arg-type]


def _item(loop: LoopExpression, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    path = tuple(str(part) for part in loop.iterable.path) if isinstance(loop.iterable, Path) else ("?",)
    return (*names.get(path[0], path[:1]), *path[1:], "[]")


def _flat(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _flat(child)


def _refuse_unsafe(expression: Expression) -> None:
    if isinstance(expression, RangeLiteral):
        raise Broken(_("Line %(line)d: number ranges do not exist here.") % {"line": _line(expression)})
    if isinstance(expression, Path) and not all(isinstance(part, str | int) for part in expression.path):
        raise Broken(
            _("Line %(line)d: the name in square brackets must be fixed.") % {"line": _line(expression)}
        )
    if isinstance(expression, FilteredExpression):
        for used in expression.filters or ():
            if used.name not in FILTERS:
                raise Broken(
                    _("Line %(line)d: the filter “%(name)s” does not exist.")
                    % {"line": _line(expression), "name": used.name}
                )


def _sentence(error: LiquidError) -> str:
    """A parser's error in words for the person who wrote the text."""
    where = error.context()
    line = where[0] if where else None
    reason = str(error.message or "")
    if reason.startswith("unexpected tag"):
        sentence = _("the command “%(tag)s” does not exist here.") % {"tag": reason.split("'")[1]}
    elif reason.startswith("expected tag end"):
        sentence = _("a command is not closed: {%% %(tag)s %%} is missing.") % {
            "tag": reason[13:].split(",")[0]
        }
    elif "found end of file" in reason or "closing delimiter" in reason:
        sentence = _("a curly bracket is not closed.")
    elif line and where:
        sentence = _("“%(code)s” is not understood.") % {"code": where[3].strip()[:80]}
    else:
        sentence = _("an expression in curly brackets is empty or incomplete.")
    return (
        _("Line %(line)d: %(sentence)s") % {"line": line, "sentence": sentence}
        if line
        else _capital(sentence)
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
