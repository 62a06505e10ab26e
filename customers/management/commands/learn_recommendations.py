from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.recommendations import running


class Command(BaseCommand):
    help = "Learn now what goes with what, from orders and views."

    def handle(self, *args: Any, **options: Any) -> None:
        basis = running.run(timezone.now())
        if basis is None:
            raise CommandError(
                "Another run is at it. Should it have died, this works an hour after its start."
            )
        self.stdout.write(
            f"{basis.products} products, from {basis.purchases} purchases and {basis.views} views."
        )
