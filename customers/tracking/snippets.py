"""What a shop puts into its pages so that they load static/sdk/stammkunde.js; docs/sdk.md explains it."""

from typing import NamedTuple

# Takes calls from the first line of the page on; the file plays them when it is there.
START = """\
window.stammkunde = window.stammkunde || function () {{
  (stammkunde.calls = stammkunde.calls || []).push(arguments);
}};
stammkunde("init", "{key}");
stammkunde("page");
"""
LOAD = '<script async src="{file}"></script>\n'


class Snippet(NamedTuple):
    """`inline` is for pages that allow scripts in them. Others take `start` as a file of the shop's own, called
    `START_FILE`, and `load`. `policy` is what a content security policy must allow for the latter."""

    inline: str
    start: str
    load: str
    policy: str


START_FILE = "stammkunde-start.js"


def of(key: str, host: str, file: str) -> Snippet:
    """For this browser key; `host` is our web address, `file` that of the script."""
    start, load = START.format(key=key), LOAD.format(file=file)
    indented = "".join(f"  {line}\n" for line in start.splitlines())
    return Snippet(
        inline=f"<script>\n{indented}</script>\n{load}",
        start=start,
        load=f'<script src="/{START_FILE}"></script>\n{load}',
        policy=f"script-src 'self' {host}; connect-src 'self' {host}",
    )
