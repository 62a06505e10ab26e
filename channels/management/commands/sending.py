from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from channels import arming


class Command(BaseCommand):
    help = "Whether this database may send; a restored or copied one may not until it is allowed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["status", "allow", "stop"])

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["do"] == "allow":
            arming.arm(None, at)
        elif options["do"] == "stop":
            arming.disarm(None, at)
        waiting = sum(each.people for each in arming.waiting(at))
        word = "allowed" if arming.armed() else "stopped"
        self.stdout.write(f"Sending is {word}. {waiting} messages are due.")
