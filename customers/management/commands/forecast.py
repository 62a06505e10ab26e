from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.forecasts import running


class Command(BaseCommand):
    help = "Work out the forecasts of all customers now: RFM class, next order, lapse risk, lifetime value."

    def handle(self, *args: Any, **options: Any) -> None:
        basis = running.run(timezone.now())
        if basis is None:
            raise CommandError(
                "Another run is at it. Should it have died, this works an hour after its start."
            )
        self.stdout.write(
            f"{basis.customers} customers with orders, {basis.repeat_buyers} of them ordered again;"
            f" the forecasts of {basis.changed} have changed."
        )
        if basis.lacks:
            self.stdout.write(f"No forecasts: {basis.get_lacks_display()}.")
