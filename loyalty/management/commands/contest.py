"""`manage.py contest verify KEY`: do a draw again and say whether the same comes out."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from loyalty.contests import draws
from loyalty.models import Contest


class Command(BaseCommand):
    help = "Does the draw of a contest again from its seed and entries."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("key")

    def handle(self, *args: Any, **options: Any) -> None:
        contest = Contest.objects.filter(key=options["key"]).first()
        if contest is None:
            raise CommandError(f"There is no contest with the key {options['key']}.")
        if contest.state != Contest.State.DRAWN:
            raise CommandError("This contest has not been drawn yet.")
        found = draws.verify(contest)
        for name in ("seed_fits", "entries_fit", "winners_fit"):
            self.stdout.write(f"{name.replace('_', ' ')}: {'yes' if getattr(found, name) else 'NO'}")
        if not found.equal:
            raise CommandError("The draw does not come out the same.")
        self.stdout.write(f"Equal: {found.entries} entries give the same winners.")
