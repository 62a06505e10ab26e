from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from channels import webhooks


class Command(BaseCommand):
    help = "Hear the reports of providers again that came since a moment; each fact still counts once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("since", help="such as 2026-11-02T12:00")

    def handle(self, *args: Any, **options: Any) -> None:
        count = webhooks.replay(self._moment(options["since"]), timezone.now())
        self.stdout.write(f"{count} reports heard again.")

    def _moment(self, text: str) -> datetime:
        try:
            found = parse_datetime(text)
        except ValueError:
            found = None
        if found is None:
            raise CommandError(f"{text!r} is no moment: write it as 2026-11-02T12:00.")
        return found if timezone.is_aware(found) else timezone.make_aware(found)
