from typing import Any

from django.core.management.base import BaseCommand

from channels.backends import sandbox
from channels.models import Account, Channel


class Command(BaseCommand):
    help = "Give an installation without any account for sending the sandbox for e-mail. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not Account.objects.exists():
            Account.objects.create(
                name=sandbox.NAME, backend=sandbox.Sandbox.key, channel=Channel.EMAIL, settings={}
            )
