from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from customers import demo_shop
from customers.models import Customer, Order, Product


class Command(BaseCommand):
    help = "Fill an empty database with the demo shop, Kaufhaus Linden. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another seed draws other people (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            built = demo_shop.build(timezone.now(), options["seed"])
        except demo_shop.NotEmpty:
            raise CommandError(
                "There are customers already. The demo shop needs an empty database: start one with another"
                " folder in STAMMKUNDE_VAR, or leave the demo shop out."
            ) from None
        if not built:
            self.stdout.write("The demo shop is there already; nothing was changed.")
            return
        self.stdout.write(
            f"Kaufhaus Linden is open: {Customer.objects.count():,} customers,"
            f" {Product.objects.count():,} products, {Order.objects.count():,} orders and refunds."
        )
