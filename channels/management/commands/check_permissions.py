from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels import consent


class Command(BaseCommand):
    help = "Compare the cache of permissions with the consent ledger and name the differences (exit code 1)."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = consent.check_permissions()
        for customer_id in wrong[:100]:
            self.stdout.write(f"customer {customer_id}: the cached permission is not what the ledger says")
        if wrong:
            raise CommandError(f"{len(wrong)} differences (at most 100 are named).")
        self.stdout.write("The permissions are what the ledger says.")
