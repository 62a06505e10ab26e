"""What begins as a copy and should not go out as one, and what a variant lacks that others have."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from channels.messages import variants
from channels.messages.blocks import blocks
from channels.models import Content


def untranslated(contents: Iterable[Content], first: str) -> Iterator[tuple[Content, Content]]:
    """Those that still say what a content in another language says on their channel, with that one. What `first` says
    is its own."""
    known: dict[tuple[str, str], Content] = {}
    for content in sorted(contents, key=lambda each: (each.language != first, each.language)):
        words = _words(content)
        same = known.setdefault((content.channel, f"{content.subject} {words}"), content)
        if words and same.language.split("-")[0] != content.language.split("-")[0]:
            yield content, same


def of_variants(contents: Sequence[Content]) -> Iterator[tuple[Content, str]]:
    """(content, sentence): variants that say the same, and languages and channels where one is missing."""
    known: dict[tuple[str, ...], Content] = {}
    for content in sorted(contents, key=lambda each: each.variant):
        said = f"{content.subject} {content.preheader} {_words(content)} {content.options}"
        same = known.setdefault((content.channel, content.language, said), content)
        if same is not content:
            sentence = _("Variant %(variant)s says the same as variant %(other)s: nothing is tried yet.")
            yield content, sentence % {"variant": content.variant, "other": same.variant}
    written = {(each.channel, each.language, each.variant) for each in contents}
    for letter in sorted({each.variant for each in contents}):
        for content in (each for each in contents if each.variant == variants.FIRST):
            if (content.channel, content.language, letter) not in written:
                sentence = _(
                    "Variant %(variant)s is missing here: whoever is to get it reads variant A, "
                    "and counts for variant %(variant)s."
                )
                yield content, sentence % {"variant": letter}


def _words(content: Content) -> list[dict[str, Any]]:
    """All blocks but the footer, whose words are known in each language, without their ids."""
    said = [each for each in content.blocks if each["kind"] not in blocks or not blocks[each["kind"]].pinned]
    return [each | {"id": ""} for each in said]
