from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers import dirty
from customers.segments.membership import proof


class Command(BaseCommand):
    help = "Compare the kept members of every segment with its rule and name the differences (exit code 1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=100, help="name at most this many differences")
        parser.add_argument("--mend", action="store_true", help="have all segments looked through again")

    def handle(self, *args: Any, **options: Any) -> None:
        found = proof.differences(timezone.now(), options["limit"])
        for row in found:
            said = "is kept but does not belong" if row.is_kept else "belongs but is not kept"
            self.stdout.write(f"segment {row.segment_id}: customer {row.customer_id} {said}")
        if not found:
            self.stdout.write("The members of all segments are those of their rules.")
            return
        if options["mend"]:
            dirty.mark_everybody(timezone.now())
            self.stdout.write("All segments will be looked through within a minute.")
        else:
            self.stdout.write("With --mend all segments are looked through again.")
        raise CommandError(f"{len(found)} differences (at most {options['limit']} are named).")
