from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from customers import retention


class Command(BaseCommand):
    help = "Delete what has been kept long enough, as it is done each night; says how many rows of what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        counts = retention.due(at) if options["dry_run"] else retention.apply(at)
        for what, count in counts.items():
            self.stdout.write(f"{what}: {count}")
