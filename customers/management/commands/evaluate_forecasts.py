from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from customers.forecasts import evaluation
from customers.forecasts.evaluation import Evaluation, Guess, Unfit
from customers.models import Shop


class Command(BaseCommand):
    help = (
        "Hold forecasts made as of a day in the past against what came after it, and against naive guesses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at", type=date.fromisoformat, required=True, help="the day, such as 2026-09-01"
        )
        parser.add_argument("--days", type=int, default=90, help="how far it looks ahead")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = ZoneInfo(Shop.current().time_zone)
        at = datetime.combine(options["at"], time(), zone)
        try:
            found = evaluation.evaluate(at, options["days"], zone)
        except Unfit as unfit:
            raise CommandError(f"No forecasts as of {options['at']}: {unfit}.") from unfit
        self.stdout.write("\n".join(lines(found)))


def lines(found: Evaluation) -> list[str]:
    return [
        f"{found.customers} customers, {found.repeat_buyers} of whom had ordered again.",
        *(f"  {name}: {model}" for name, model in found.models._asdict().items()),
        *guesses("Orders", found.orders),
        *guesses("Value (minor units)", found.value),
        f"Came back: {found.returned:.3f} of them; expected {found.expected_to_return:.3f}",
        "Who stays away, told from who comes back (AUC)",
        *(f"  {name:32} {area:8.3f}" for name, area in found.areas.items()),
        "Probability to come back (Brier score)",
        *(f"  {name:32} {score:8.4f}" for name, score in found.brier.items()),
        "Orders per customer, by tenths of the expectation: expected, came",
        *(f"  {expected:8.2f} {came:8.2f}" for expected, came in found.tenths),
        "The last gap, guessed from those before: mean error in days",
        *(f"  {name:32} {miss:8.1f}" for name, miss in found.gaps.items()),
        *([] if found.half is None else [f"  no longer than expected: {found.half:.3f} of the gaps"]),
    ]


def guesses(title: str, found: list[Guess]) -> list[str]:
    return [
        f"{title:34} {'rank':>8} {'level':>8} {'error':>10}",
        *(f"  {each.name:32} {each.rank:8.3f} {each.level:8.3f} {each.error:10.2f}" for each in found),
    ]
