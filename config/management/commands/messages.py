from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import translations


class Command(BaseCommand):
    help = "Find the translatable texts and bring the German catalogue up to date."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only fail when a translation is missing")
        parser.add_argument("--compile", action="store_true", help="only write the compiled catalogue")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compile"]:
            translations.compile_catalogues()
            return
        found = translations.faults(translations.merged()) if options["check"] else translations.update()
        for fault in found:
            self.stdout.write(f"{fault.what}: {fault.text!r} ({fault.where})")
        if found and options["check"]:
            raise CommandError(
                f"{len(found)} texts need a German translation in locale/ (docs/extending.md)."
            )
