from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers import erasure_journal, privacy


class Command(BaseCommand):
    help = "Keep the journal of erasures outside of backups, and erase again whom a restored backup brought back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["write", "replay"])
        parser.add_argument(
            "file", type=Path, nargs="?", help="one customer's key per line; without it ERASURE_JOURNAL"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["file"] or erasure_journal.path()
        if path is None:
            raise CommandError("Name the file: ERASURE_JOURNAL is empty.")
        try:
            self.stdout.write(self._said(options["do"], path))
        except (erasure_journal.UnreadableError, OSError) as error:
            raise CommandError(str(error)) from error

    def _said(self, do: str, path: Path) -> str:
        if do == "write":
            return f"{erasure_journal.complete(path)} erasures stand in {path}."
        return f"{privacy.replay(erasure_journal.read(path), timezone.now())} customers erased again."
