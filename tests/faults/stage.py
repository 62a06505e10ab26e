"""A planned run in the world under test, and the verdict over it."""

import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import OperationalError, connection

from channels import consent
from channels.delivery import planning
from channels.messages import rendering, versions
from channels.models import (
    Account,
    Batch,
    Delivery,
    DeliveryPolicy,
    Message,
    MessageVersion,
    Pace,
    Sender,
    Topic,
)
from customers.models import Customer
from tests.channels import mails, people, runs
from tests.faults import score
from tests.faults.far import Far
from tests.faults.world import World, wait_for

OPEN = ("planned", "calling")
numbers = itertools.count(1)  # a seed later the same test must not write to the addresses of the one before


@dataclass
class Verdict:
    """Doubles, lost and unknown; `missing`: accepted by our word, but not in the server's log."""

    doubles: list[int]
    lost: list[int]
    missing: list[int]
    unknown: list[int]
    states: dict[str, int]

    def noted(self, run: "Run") -> None:
        """In the score table, once per run: a later verdict takes the place of an earlier one."""
        lost = len(self.lost) + len(self.missing)
        score.verdict(run.version.pk, len(self.doubles), lost, len(self.unknown), sum(self.states.values()))

    @property
    def is_clean(self) -> bool:
        return not (self.doubles or self.lost or self.missing)


class Run:
    """`count` customers of a name of their own, permitted, planned and due; `beside` other runs, which go on."""

    def __init__(
        self,
        world: World,
        name: str,
        count: int,
        *blocks: dict[str, Any],
        plan: bool = True,
        by: str | Far = "smtp",
        beside: bool = False,
    ) -> None:
        self.world = world
        name = f"{name}-{next(numbers)}"
        self.audience = runs.Everybody((f"{name}-%",))
        if not beside:
            clear()
        self.far = None if isinstance(by, str) else by
        self.version = launch(world, by, *blocks)
        self.customers = enrol(name, count)
        if self.far:
            self.far.enrol(self.customers)
        if plan:
            self.plan()

    def plan(self) -> None:
        after: int | None = 0
        while after is not None:
            after = planning.plan(self.version, 1, self.audience, after, datetime.now(UTC)).last_id
        if self.far:
            self.far.expect(self.rows())

    @property
    def message(self) -> Message:
        return Message.objects.get(pk=self.version.message_id)

    def rows(self) -> Any:
        return Delivery.objects.filter(message=self.version.message_id)

    def count(self, *states: str) -> int:
        return int(self.rows().filter(state__in=states).count())

    def sent(self) -> int:
        """By the server's word."""
        ids = set(self.rows().values_list("id", flat=True))
        return sum(n for delivery_id, n in self.world.mails().items() if delivery_id in ids)

    def finished(self) -> bool:
        try:
            return not self.rows().filter(state__in=OPEN).exists()
        except OperationalError:
            connection.close()
            return False

    def wait(self, patience: float = 60) -> None:
        wait_for(self.finished, patience, f"not finished after {patience} s: {runs.states(self.version)}")

    def resume(self, patience: float = 90) -> None:
        """The trouble is over: note the seconds until somebody is written to again, or nobody is left."""
        began, sent = time.monotonic(), self.sent()
        wait_for(lambda: self.sent() > sent or self.finished(), patience, "nothing was resumed")
        score.note(resumed=round(time.monotonic() - began, 1))

    def verdict(self) -> Verdict:
        log = self.world.mails()
        rows = dict(self.rows().values_list("id", "state"))
        verdict = Verdict(
            doubles=[each for each in rows if log[each] > 1],
            lost=[each for each, state in rows.items() if state in OPEN],
            missing=[each for each, state in rows.items() if state == "accepted" and not log[each]],
            unknown=[each for each, state in rows.items() if state == "unknown"],
            states=runs.states(self.version),
        )
        verdict.noted(self)
        return verdict


def clear() -> None:
    """What an earlier test left is not sent in this one."""
    Delivery.objects.filter(state__in=OPEN).update(state="cancelled", batch=None)
    Batch.objects.filter(done_at__isnull=True).update(done_at=datetime.now(UTC))
    Account.objects.update(paused_at=None, pause_reason="", per_second=None)
    Pace.objects.all().delete()
    by_day_and_night()
    rendering.forget()


def by_day_and_night() -> None:
    """Whenever the tests run, nobody has to wait; the limits are looked at all the same."""
    caps = [{"cap_class": "", "days": 7, "most": 99}]
    DeliveryPolicy.objects.update_or_create(
        pk=1, defaults={"quiet_from": None, "quiet_until": None, "caps": caps}
    )


def launch(world: World, by: str | Far, *blocks: dict[str, Any]) -> MessageVersion:
    """By the SMTP server or the mail service of the world, or by a far side of the test's own."""
    if not isinstance(by, str):
        return _on_another_channel(by, *blocks)
    settings = {"host": "127.0.0.1", "port": world.port, "security": "none", "timeout": 5}
    if by == "anymail":
        options = {"api_url": f"http://127.0.0.1:{world.provider_port}/", "server_token": "right"}
        settings = {"esp": "postmark", "options": options}
    account = Account.objects.update_or_create(name=by, defaults={"backend": by, "settings": settings})[0]
    sender = Sender.objects.update_or_create(
        email=f"{by}@linden.example", defaults={"name": "Kaufhaus Linden", "account": account}
    )[0]
    return versions.freeze(mails.message(*blocks, sender=sender), None)


def _on_another_channel(far: Far, *blocks: dict[str, Any]) -> MessageVersion:
    fields = {"backend": far.by, "channel": far.channel, "settings": far.settings()}
    Account.objects.update_or_create(name=far.by, defaults=fields)
    return versions.freeze(mails.message(*blocks, channels=[far.channel]), None)


def enrol(name: str, count: int) -> list[Customer]:
    topic = Topic.objects.get(key="newsletter")
    made = Customer.objects.bulk_create(
        (
            Customer(first_name="Anna", email=f"{name}-{n}@example.org", language="de", phone=phone(name, n))
            for n in range(count)
        ),
        batch_size=5_000,
    )
    for start in range(0, count, 5_000):
        consent.record([people.yes(person, topic) for person in made[start : start + 5_000]], people.NOON)
    return made


def phone(name: str, number: int) -> str:
    """Everybody's own; the ends that a fake Twilio answers in its own way are not among them."""
    return f"+4915{int(name.rpartition('-')[2]) % 100:02}{number:05}9999"
