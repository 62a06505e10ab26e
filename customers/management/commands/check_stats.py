from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers import stats


class Command(BaseCommand):
    help = "Recount every customer's roll-up row from her orders and name the differences (exit code 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=100, help="name at most this many differences")

    def handle(self, *args: Any, **options: Any) -> None:
        found = stats.differences(limit=options["limit"])
        for row in found:
            self.stdout.write(f"customer {row.customer_id}: {row.field} is {row.kept}, counted {row.counted}")
        if found:
            raise CommandError(f"{len(found)} differences (at most {options['limit']} are named).")
        self.stdout.write("The roll-up rows equal a recount.")
