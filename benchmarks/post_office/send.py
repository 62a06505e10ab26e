"""Queues and sends the same mails by django-post-office; prints one JSON line. Run by benchmarks/send.py."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.post_office.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from post_office import mail  # noqa: E402
from post_office.models import Email, EmailTemplate  # noqa: E402

from benchmarks import _mail  # noqa: E402


def main() -> None:
    count, processes = int(sys.argv[1]), int(sys.argv[2])
    people = json.loads(Path(sys.argv[3]).read_text())
    call_command("migrate", verbosity=0)
    rates = {
        "rendered_on_delivery": late(count, processes, people),
        "rendered_before": early(count, processes, people),
    }
    print(json.dumps(rates))


def queue(count: int, people: list[dict[str, Any]], render_on_delivery: bool) -> None:
    Email.objects.all().delete()
    EmailTemplate.objects.all().delete()
    template = EmailTemplate.objects.create(
        name="bench", subject=_mail.SUBJECT, content=_mail.text(), html_content=_mail.html()
    )
    emails = [
        {
            "recipients": f"anna{n}@example.org",
            "sender": "Kaufhaus Linden <post@linden.example>",
            "template": template,
            "context": people[n % len(people)],
            "render_on_delivery": render_on_delivery,
            "headers": {"List-Unsubscribe": f"<https://linden.example/u/{n}/>"},
        }
        for n in range(count)
    ]
    for start in range(0, count, 5000):
        mail.send_many(emails[start : start + 5000])


def late(count: int, processes: int, people: list[dict[str, Any]]) -> float:
    """Queueing is not counted, as our planning is not; rendering is."""
    queue(count, people, True)
    began = time.perf_counter()
    return deliver(count, processes) / (time.perf_counter() - began)


def early(count: int, processes: int, people: list[dict[str, Any]]) -> float:
    """Rendered while it is queued, so queueing is counted."""
    began = time.perf_counter()
    queue(count, people, False)
    return deliver(count, processes) / (time.perf_counter() - began)


def deliver(count: int, processes: int) -> int:
    while Email.objects.filter(status=2).exists():
        call_command("send_queued_mail", processes=processes, log_level=0)
    sent = Email.objects.filter(status=0).count()
    if sent != count:
        raise SystemExit(f"django-post-office sent {sent} of {count}")
    return sent


if __name__ == "__main__":
    main()
