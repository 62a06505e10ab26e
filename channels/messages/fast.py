"""A parsed template as a list of texts and small functions: the same result, four times as quick.

Measured on a 10 kB mail with twelve fields and a loop of three products (subject, HTML and text together):
python-liquid's own renderer takes 154 us per message, this one 41. Only walking the nodes and
looking up plain names is replaced; expressions, filters and loops are evaluated by python-liquid's own
objects. A property test holds the two together.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, LoopExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.for_tag import ForLoop, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import OutputStreamLimitError, UndefinedError
from liquid.stringify import to_liquid_string
from liquid.template import BoundTemplate
from markupsafe import escape

from channels.messages.language import LARGEST_OUTPUT, EscapingNode

Values = Mapping[str, Any]


class Scope(RenderContext):
    """A render context over one plain dict: what the library's expressions need, and nothing else."""

    __slots__ = ("written",)

    def __init__(self, env: Environment, values: Values) -> None:
        self.env = env
        self.scope = values  # type: ignore[assignment]
        self.autoescape = False
        self.loops = []
        self.loop_iteration_carry = 1
        self.disabled_tags = []
        self.tag_namespace = {"stopindex": {}}
        self.written = 0


Piece = Callable[[Scope], str]
Render = Callable[[Values], str]
Finish = Callable[[Any], str]
UNSAFE = re.compile(r"[&<>\"']").search


def compiled(template: BoundTemplate) -> Render:
    """A function from values to text. It raises what the template itself would raise."""
    body, env = _body(template.nodes), template.env

    def render(values: Values) -> str:
        text = body(Scope(env, values))
        if len(text) * 4 > LARGEST_OUTPUT and len(text.encode()) > LARGEST_OUTPUT:
            raise OutputStreamLimitError("output stream limit reached", token=None)
        return text

    return render


def _body(nodes: list[Node]) -> Piece:
    parts = [_part(node) for node in nodes]
    fixed = [part if isinstance(part, str) else "" for part in parts]
    pieces = [(place, part) for place, part in enumerate(parts) if not isinstance(part, str)]

    def render(scope: Scope) -> str:
        texts = fixed.copy()
        for place, piece in pieces:
            texts[place] = piece(scope)
        return "".join(texts)

    return render


def _part(node: Node) -> str | Piece:
    if isinstance(node, ContentNode):
        return node.text
    if isinstance(node, OutputNode):
        return _output(node)
    if isinstance(node, ForNode):
        return _loop(node)
    if isinstance(node, IfNode | UnlessNode):
        return _choice(node)
    raise TypeError(f"{type(node).__name__} is not part of the language")


def _output(node: OutputNode) -> Piece:
    finish = _escaped if isinstance(node, EscapingNode) else _text
    expression = node.expression
    return _plain_path(expression, finish) or (lambda scope: finish(expression.evaluate(scope)))


def _text(value: Any) -> str:
    return value if value.__class__ is str else to_liquid_string(value, False)


def _escaped(value: Any) -> str:
    """Most values have nothing to escape, and looking is three times as quick as escaping."""
    text = value if value.__class__ is str else to_liquid_string(value, False)
    return escape(text) if UNSAFE(text) else text


def _plain_path(expression: Any, finish: Finish) -> Piece | None:
    """A direct look-up for `name` and `name.key`; None for anything that needs more."""
    if not isinstance(expression, FilteredExpression) or expression.filters:
        return None
    path = expression.left
    if not isinstance(path, Path) or not all(isinstance(part, str) for part in path.path):
        return None
    if len(path.path) == 1:
        return _name(path, str(path.path[0]), finish)
    if len(path.path) == 2 and path.path[1] not in ("size", "first", "last"):
        return _key(path, str(path.path[0]), str(path.path[1]), finish)
    return None


def _name(path: Path, name: str, finish: Finish) -> Piece:
    def look_up(scope: Scope) -> str:
        try:
            value = scope.scope[name]
        except KeyError:
            raise UndefinedError(f"'{name}' is undefined", token=path.token) from None
        return finish(value)

    return look_up


def _key(path: Path, name: str, key: str, finish: Finish) -> Piece:
    def look_up(scope: Scope) -> str:
        try:
            value: Any = scope.scope[name]
            value = value[key]
        except (KeyError, TypeError):
            raise UndefinedError(f"{name}.{key} is undefined", token=path.token) from None
        return finish(value)

    return look_up


def _loop(node: ForNode) -> Piece:
    body = _body(node.block.nodes)
    default = _body(node.default.nodes if node.default else [])
    # As plain text: the library's own kind of string compares and hashes in Python.
    name = str(node.expression.identifier)
    label = f"{name}-{node.expression.iterable}"
    select = _items(node.expression, label)

    def render(scope: Scope) -> str:
        items, length = select(scope)
        if not length:
            return default(scope)
        scope.raise_for_loop_limit(length)
        outside: Any = scope.scope
        loop = ForLoop(name=label, it=items, length=length, parentloop=_around(scope))
        scope.loops.append(loop)
        written = []
        inside = {**outside, "forloop": loop}
        scope.scope = inside  # type: ignore[assignment]
        for item in items:
            loop.step()
            inside[name] = item
            text = body(scope)
            written.append(text)
            scope.written += len(text)
            if scope.written > 4 * LARGEST_OUTPUT:
                raise OutputStreamLimitError("output stream limit reached", token=node.token)
        scope.loops.pop()
        scope.scope = outside
        return "".join(written)

    return render


def _around(scope: Scope) -> object:
    """The loop around this one."""
    return scope.parentloop() if scope.loops else _no_loop(scope.env)


@lru_cache(maxsize=4)
def _no_loop(env: Environment) -> object:
    """What the library makes anew for each outermost loop, though few ask for it."""
    return env.undefined("parentloop", token=None)


def _items(expression: LoopExpression, label: str) -> Callable[[Scope], tuple[Iterator[Any], int]]:
    """What to go through, and how many. All of a plain list is what most loops want, and needs no reckoning."""
    path, bounds = expression.iterable, (expression.limit, expression.offset, expression.cols)
    if not isinstance(path, Path) or len(path.path) != 1 or expression.reversed or any(bounds):
        return expression.evaluate
    name = str(path.path[0])

    def select(scope: Scope) -> tuple[Iterator[Any], int]:
        found: Any = scope.scope.get(name)
        if found.__class__ is not list:
            return expression.evaluate(scope)
        scope.stopindex(label, len(found))
        return iter(found), len(found)

    return select


def _choice(node: IfNode | UnlessNode) -> Piece:
    first = isinstance(node, IfNode)
    branches = [(node.condition, first, _body(node.consequence.nodes))]
    branches += [(other.expression, True, _body(other.block.nodes)) for other in node.alternatives]
    default = _body(node.default.nodes if node.default else [])

    def choose(scope: Scope) -> str:
        for condition, expected, render in branches:
            if bool(condition.evaluate(scope)) is expected:
                return render(scope)
        return default(scope)

    return choose
