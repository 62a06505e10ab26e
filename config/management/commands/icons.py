"""Build the icon sprite from an unpacked `@tabler/icons` package (see static/vendor/README.md)."""

import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


def symbol(name: str, source: str) -> str:
    """The drawing of one icon as `<symbol>`, without the invisible frame that each file carries."""
    match = BODY.search(source)
    if match is None:
        raise CommandError(f"{name}.svg is not an SVG drawing.")
    body = "".join(line.strip() for line in match[1].replace(FRAME, "").splitlines())
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


class Command(BaseCommand):
    help = "Write static/vendor/tabler-icons/sprite.svg with the icons named in icons.txt beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("package", type=Path, help="the unpacked npm package @tabler/icons")

    def handle(self, *args: Any, package: Path, **options: Any) -> None:
        folder = settings.BASE_DIR / "static" / "vendor" / "tabler-icons"
        names = sorted(set((folder / "icons.txt").read_text().split()))
        drawings = package / "icons" / "outline"
        missing = [name for name in names if not (drawings / f"{name}.svg").exists()]
        if missing:
            raise CommandError(f"Not in the package: {', '.join(missing)}")
        symbols = [symbol(name, (drawings / f"{name}.svg").read_text()) for name in names]
        text = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
        (folder / "sprite.svg").write_text(text)
        self.stdout.write(f"{len(names)} icons")
