"""What the blocks of one content share while they are compiled: language, brand, products, links, marks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from channels.messages.language import MARK


@dataclass(frozen=True)
class Look:
    """The brand, as the compiler needs it: plain values."""

    colour: str
    logo: str
    imprint: Mapping[str, str]
    shop_name: str
    shop_url: str

    @property
    def ink(self) -> str:
        """White or near-black, whichever can be read on the brand's colour."""
        return "#ffffff" if _luminance(self.colour) < 0.183 else "#111827"

    @property
    def accent(self) -> str:
        """The brand's colour for words on white; near-black where it is too light to be read."""
        return self.colour if _luminance(self.colour) < 0.183 else "#111827"

    @property
    def bright(self) -> str:
        """The brand's colour for words on a dark ground: mixed with white until it can be read."""
        colour = self.colour
        while _luminance(colour) < 0.3:
            parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
            colour = "#" + "".join(f"{part + (255 - part + 4) // 5:02x}" for part in parts)
        return colour


OPT_OUT = "{{ opt_out_url }}"
PREFERENCES = "{{ preferences_url }}"
CONFIRM = "{{ confirm_url }}"


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG) of "#rrggbb": 0 black, 1 white."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@dataclass(frozen=True)
class Target:
    """A link whose clicks are counted: `url` is fixed and begins with http:// or https://."""

    position: int
    url: str
    label: str


@dataclass
class Page:
    """Collects links and hides Liquid marks from the tools that would mistake them for text or markup."""

    language: str
    look: Look
    marketing: bool = True
    products: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    targets: dict[tuple[str, str], Target] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    uncounted: list[str] = field(default_factory=list)
    word: str = "zq"

    def hide(self, text: str) -> str:
        """The text with every Liquid mark replaced by a word that Markdown, MJML and escaping leave alone."""

        def put(match: re.Match[str]) -> str:
            self.hidden.append(match.group())
            return f"{self.word}{len(self.hidden) - 1}{self.word[::-1]}"

        return MARK.sub(put, text)

    def show(self, text: str) -> str:
        """The opposite of `hide`, on the compiled markup."""
        pattern = f"{self.word}(\\d+){self.word[::-1]}"
        return re.sub(pattern, lambda match: self.hidden[int(match.group(1))], text)

    def words(self, text: str) -> str:
        """A line of the author's as escaped markup, marks hidden."""
        return escape(self.hide(text), quote=True)

    def link(self, url: str, label: str = "") -> str:
        """What stands in an href (unescaped): a hidden mark for the counted link, or the address itself.

        An address that depends on the reader leads there directly and is not counted, because a stored
        target cannot know it.
        """
        url, label = self.fixed(url.strip()), self.show(label)
        if url in (OPT_OUT, PREFERENCES, CONFIRM):
            return self.hide(url)
        if MARK.search(url):
            self.uncounted.append(url)
            return self.hide(MARK.sub(self._guard, url))
        if not url.lower().startswith(("http://", "https://")):
            return url
        key = (url, label)
        if key not in self.targets:
            self.targets[key] = Target(len(self.targets) + 1, url, label[:200])
        return self.hide(f"{{{{ link_{self.targets[key].position} }}}}")

    @staticmethod
    def _guard(match: re.Match[str]) -> str:
        """Data at the start of an address must be a web address; anywhere else it is encoded."""
        filter_ = "web_address" if match.start() == 0 else "url_encode"
        mark = match.group()
        return f"{mark[:-2].rstrip()} | {filter_} }}}}" if mark.startswith("{{") else mark

    def fixed(self, url: str) -> str:
        """The address with the fields that are the same for everybody filled in."""

        def fill(match: re.Match[str]) -> str:
            return self.constants.get(match.group()[2:-2].strip(), match.group())

        return MARK.sub(fill, url)
