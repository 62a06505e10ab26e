"""What the review promises is what the run does: the dry run's counts are the outcomes, reason by reason."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from campaigns import approval, audience, launch, running
from campaigns.models import Campaign
from channels import consent, suppression
from channels.delivery import batching, dry_runs, sending
from channels.models import Channel, Delivery, SandboxMail, Suppression
from customers.models import Customer, Origin
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import people as statements

pytestmark = pytest.mark.django_db


def population(seed: int, size: int = 60) -> None:
    """People of every kind that a gate knows."""
    dice = random.Random(seed)
    for number in range(size):
        person = make.customer(
            language=dice.choice(["de", "de-AT", "en", "fr", ""]),
            email=dice.choice(
                [f"p{seed}-{number}@example.org"] * 6 + ["", "no address", f"shared{seed}@example.org"]
            ),
            erased_at=NOON if dice.random() < 0.05 else None,
        )
        if dice.random() < 0.8:
            consent.record([statements.yes(person)], NOON, Origin.IMPORT)
        if dice.random() < 0.1:
            consent.record([statements.no(person, minutes=5)], NOON, Origin.IMPORT)
        if person.email and dice.random() < 0.1:
            reason = dice.choice([Suppression.Reason.OBJECTION, Suppression.Reason.BOUNCE])
            suppression.suppress(Channel.EMAIL, [person.email], reason, NOON, "test")
    gone = Customer.objects.order_by("pk").first()
    Customer.objects.filter(pk__in=Customer.objects.order_by("-pk")[:2]).update(merged_into=gone)


def send_everything(campaign: Campaign) -> None:
    run = launch.launch(campaign.pk, make.user(), NOON, seen=approval.digest(campaign))
    running.tick(NOON)
    later = NOON + timedelta(seconds=5)
    for packed in list(batching.pack(later)):
        fence = batching.claim(packed.batch_id)
        assert fence is not None
        sending.run(packed.batch_id, fence, lambda: later)
    running.tick(later)
    run.refresh_from_db()
    assert run.state == "finished"


@pytest.mark.parametrize("seed", range(4))
def test_every_count_of_the_dry_run_comes_true(seed: int) -> None:
    campaign = make.ready(people=0)
    population(seed)
    people = audience.compiled(audience.rule(campaign), NOON)
    promised = dry_runs.count(campaign.message, people, NOON, named=1000)
    send_everything(campaign)
    done = Counter(
        ("send", "") if state == Delivery.State.ACCEPTED else (state, reason)
        for state, reason in Delivery.objects.values_list("state", "reason")
    )
    assert done == Counter({tuple(outcome): number for outcome, number in promised.counts.items()})
    assert len(done) >= 4
    assert SandboxMail.objects.count() == promised.send
    for outcome, ids in promised.people.items():
        state = Delivery.State.ACCEPTED if outcome.state == "send" else outcome.state
        rows = Delivery.objects.filter(state=state, reason=outcome.reason)
        assert set(rows.values_list("customer_id", flat=True)) == set(ids)
