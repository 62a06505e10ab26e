from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django_celery_beat.models import PeriodicTask


class Command(BaseCommand):
    help = "Fail when the schedule stands still: no periodic task was started lately."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        # Beat writes its times down every three minutes only.
        parser.add_argument("--minutes", type=int, default=10)

    def handle(self, *args: Any, **options: Any) -> None:
        since = timezone.now() - timedelta(minutes=options["minutes"])
        if not PeriodicTask.objects.filter(enabled=True, last_run_at__gte=since).exists():
            raise CommandError(f"No periodic task started in {options['minutes']} minutes; is beat running?")
        self.stdout.write("The schedule runs.")
