from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels import arming


class Command(BaseCommand):
    help = "Whether this database may send; a restored or copied one may not until it is allowed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["status", "allow", "stop"])
        parser.add_argument(
            "--erasures-replayed",
            action="store_true",
            help="who was erased since the backup was erased again; `allow` wants to be told so",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["do"] == "allow":
            self._allow(at, options["erasures_replayed"])
        elif options["do"] == "stop":
            arming.disarm(None, at)
        waiting = sum(each.people for each in arming.waiting(at))
        word = "allowed" if arming.armed() else "stopped"
        self.stdout.write(f"Sending is {word}. {waiting} messages are due.")

    def _allow(self, at: datetime, replayed: bool) -> None:
        try:
            arming.arm(None, at, replayed=replayed)
        except arming.RefusedError as error:
            raise CommandError(str(error)) from error
