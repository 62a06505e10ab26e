"""What an author should know of a content that may go out as it is: habits of mail programs and of spam filters."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from channels.messages import language, markdown
from channels.messages.blocks import blocks
from channels.messages.formats import Draft, Format
from channels.messages.page import Page
from channels.models import Channel

FEWEST_LETTERS = 5  # fewer capitals may be a name or "SALE"
MOSTLY = 0.8
FIELD = 8  # letters that a field of a customer takes in a line, such as her first name; the editor counts like this
OWN_MACHINE = ("localhost", "127.0.0.1", "::1")  # the demo's shop has no certificate


class Hint(NamedTuple):
    """`block` and `field` say where; both may be empty."""

    block: str
    field: str
    sentence: str


def of(draft: Draft, form: Format, page: Page) -> Iterator[Hint]:
    shown = [each for each in draft.blocks if str(each.get("kind")) in blocks and form.shows(each["kind"])]
    if form.title and _length(draft.subject) > form.longest_title:
        sentence = _("Longer than %(most)d characters: phones cut it off.")
        yield Hint("", "subject", sentence % {"most": form.longest_title})
    if form.has_preheader and not draft.preheader.strip():
        sentence = _("Without a preview text, mail programs show the first words of the mail.")
        yield Hint("", "preheader", sentence)
    if form.key == Channel.EMAIL:
        yield from _mail(draft, shown)
    for fields in shown:
        yield from (Hint(str(fields.get("id", "")), *found) for found in _unsafe_links(fields, page))


def _length(line: str) -> int:
    """About as long as it arrives."""
    return sum(FIELD for mark in language.marks(line) if mark[0].startswith("{{")) + len(
        language.MARK.sub("", line)
    )


def _mail(draft: Draft, shown: Iterable[Mapping[str, Any]]) -> Iterator[Hint]:
    """What spam filters look at."""
    words = language.MARK.sub(" ", draft.subject)
    letters = [sign for sign in words if sign.isalpha()]
    if len(letters) >= FEWEST_LETTERS and sum(map(str.isupper, letters)) >= MOSTLY * len(letters):
        sentence = _("Nearly all in capitals: spam filters take that for advertising. Write it as usual.")
        yield Hint("", "subject", sentence)
    if words.count("!") > 1:
        sentence = _("Several exclamation marks: spam filters take that for advertising. One is enough.")
        yield Hint("", "subject", sentence)
    if _is_only_pictures(shown):
        sentence = _(
            "The mail is nothing but pictures. Many mail programs hide them at first, and spam filters distrust "
            "it: add a heading or a text."
        )
        yield Hint("", "", sentence)


def _is_only_pictures(shown: Iterable[Mapping[str, Any]]) -> bool:
    kinds = [blocks[each["kind"]] for each in shown]
    said = [kind for kind in kinds if not kind.pinned and not kind.wordless]
    return not said and any(kind.key == "image" for kind in kinds)


def _unsafe_links(fields: Mapping[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """(field, sentence) of links that lead to a page without encryption."""
    kind = blocks[fields["kind"]]
    for name in kind.links:
        if _is_unsafe(address := page.fixed(str(fields.get(name) or "").strip())):
            yield name, _unsafe_sentence(address)
    for name in kind.rich:
        for found in dict.fromkeys(markdown.addresses(str(fields.get(name) or ""), page)):
            if _is_unsafe(address := page.fixed(found.strip())):
                yield name, _unsafe_sentence(address)


def _is_unsafe(address: str) -> bool:
    if not address.lower().startswith("http://"):
        return False
    try:
        return urlsplit(address).hostname not in OWN_MACHINE
    except ValueError:
        return False  # the checks say so


def _unsafe_sentence(address: str) -> str:
    return _(
        "%(address)s is not encrypted, and browsers warn of it. Write https:// if the page can be opened like that."
    ) % {"address": address}
