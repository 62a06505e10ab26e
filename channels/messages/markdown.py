"""The authors' markup: paragraphs, **bold**, *italic*, [links](https://...) and lists. HTML stays text."""

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.messages.language import TAG_LINE
from channels.messages.page import Page

PARSER = MarkdownIt("zero", {"breaks": True}).enable(["emphasis", "link", "list", "newline", "escape"])
LISTS = {"bullet_list_open": "bullet_list_close", "ordered_list_open": "ordered_list_close"}
STYLES = {
    "paragraph_open": "margin:0 0 16px",
    "bullet_list_open": "margin:0 0 16px;padding:0 0 0 22px",
    "ordered_list_open": "margin:0 0 16px;padding:0 0 0 22px",
    "list_item_open": "margin:0 0 4px",
}


def html(source: str, page: Page) -> str:
    """Markup for an `mj-text`, marks hidden, links counted."""
    tokens = _tokens(source, page)
    for token in tokens:
        if token.type in STYLES and not token.hidden:
            token.attrSet("style", STYLES[token.type])
        _set_links(token, page)
    return str(PARSER.renderer.render(tokens, PARSER.options, {})).strip()


def text(source: str, page: Page) -> str:
    """The same for readers of plain text: links in brackets, list items with a dash or their number."""
    lines: list[str] = []
    prefix, numbers = "", [0]
    for token in _tokens(source, page):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
            lines.append("")
        elif token.type == "list_item_open":
            prefix = "  " * (len(numbers) - 2) + (f"{numbers[-1]}. " if numbers[-1] else "- ")
            numbers[-1] += 1 if numbers[-1] else 0
        elif token.type == "inline":
            lines.append(prefix + _plain(token.children or (), page))
            prefix = ""
        elif token.type == "paragraph_close" and not token.hidden:
            lines.append("")
        elif token.type == "mark":
            lines.append(token.content)
    return "\n".join(lines).strip()


def addresses(source: str, page: Page) -> list[str]:
    """Where the links of a text lead, as they were written."""
    links = [
        child
        for token in _tokens(source, page)
        for child in token.children or ()
        if child.type == "link_open"
    ]
    return [page.show(str(link.attrGet("href"))) for link in links]


def _tokens(source: str, page: Page) -> list[Token]:
    """Tokens in which a `{% %}` on a line of its own stands between the paragraphs, not inside one."""
    source = TAG_LINE.sub(r"\n\n\1\n\n", source.replace("\r\n", "\n"))
    tokens = PARSER.parse(page.hide(source))
    found: list[Token] = []
    for token in tokens:
        if token.type == "inline" and page.show(token.content).startswith("{%") and _is_mark(token, page):
            found[-1] = Token("mark", "", 0, content=token.content)
        elif not (token.type == "paragraph_close" and found and found[-1].type == "mark"):
            found.append(token)
    return _loops_into_lists(found, page)


def _loops_into_lists(tokens: list[Token], page: Page) -> list[Token]:
    """A loop around a whole list becomes a list around the loop: one list, not one per round."""
    for index, token in enumerate(tokens[:-1]):
        if not _is_tag(token, page, "for") or tokens[index + 1].type not in LISTS:
            continue
        inside = tokens[index + 1]
        end = next(
            n
            for n, t in enumerate(tokens)
            if n > index and t.level == inside.level and t.type == LISTS[inside.type]
        )
        if end + 1 < len(tokens) and _is_tag(tokens[end + 1], page, "endfor"):
            tokens[index : index + 2] = [inside, token]
            tokens[end : end + 2] = [tokens[end + 1], tokens[end]]
    return tokens


def _is_tag(token: Token, page: Page, name: str) -> bool:
    return token.type == "mark" and page.show(token.content).strip("{%- ").startswith(name)


def _is_mark(token: Token, page: Page) -> bool:
    return bool(TAG_LINE.fullmatch(page.show(token.content)))


def _set_links(token: Token, page: Page) -> None:
    children = token.children or []
    for index, child in enumerate(children):
        if child.type == "link_open":
            url = page.show(str(child.attrGet("href")))
            child.attrSet("href", page.link(url, _label(children[index + 1 :])))
            child.attrSet("class", "accent")
            child.attrSet("style", f"color:{page.look.accent};text-decoration:underline")


def _label(tokens: Sequence[Token]) -> str:
    words = []
    for token in tokens:
        if token.type == "link_close":
            break
        words.append(token.content)
    return "".join(words)


def _plain(tokens: Sequence[Token], page: Page) -> str:
    words: list[str] = []
    for index, token in enumerate(tokens):
        if token.type in ("softbreak", "hardbreak"):
            words.append("\n")
        elif token.type == "link_open":
            url = page.show(str(token.attrGet("href")))
            address = page.link(url, _label(tokens[index + 1 :]))
        elif token.type == "link_close":
            words.append(f" ({address})")
        else:
            words.append(token.content)
    return "".join(words)


def _render_mark(*_args: object) -> str:
    tokens, index = _args[1], _args[2]
    return str(tokens[index].content)  # type: ignore[index]


PARSER.add_render_rule("mark", _render_mark)
