from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers import privacy
from customers.models import Erasure


class Command(BaseCommand):
    help = "Keep the journal of erasures outside of backups, and erase again whom a restored backup brought back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["write", "replay"])
        parser.add_argument("file", type=Path, help="one customer's key per line")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if options["do"] == "write":
            keys = sorted({str(key) for key in Erasure.objects.values_list("key", flat=True)})
            path.write_text("".join(f"{key}\n" for key in keys))
            self.stdout.write(f"{len(keys)} erasures written.")
            return
        erased = privacy.replay(self._keys(path), timezone.now())
        self.stdout.write(f"{erased} customers erased again.")

    def _keys(self, path: Path) -> list[str]:
        try:
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: give the file that `erasures write` made.") from error
        return [self._key(number, line) for number, line in enumerate(lines, 1) if line.strip()]

    def _key(self, number: int, line: str) -> str:
        try:
            return str(UUID(line.strip()))
        except ValueError as error:
            raise CommandError(f"Line {number} holds no customer's key: take the line out.") from error
