"""A large audience is looked at by a worker: the reader sees how far it is, and nobody looks twice."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import approval, audience, dry_run_reports, tasks
from campaigns.dry_run_reports import Superseded, Underway
from campaigns.models import Campaign, DryRunReport
from channels.delivery import dry_runs
from channels.delivery.dry_runs import DryRun, Outcome
from tests.campaigns import make

pytestmark = pytest.mark.django_db
PEOPLE = 5


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_reports, "FEW", PEOPLE - 1)
    monkeypatch.setattr(dry_runs, "CHUNK", 2)


@pytest.fixture
def campaign() -> Campaign:
    made = make.ready(people=PEOPLE - 1)
    make.customer()  # has never said yes
    return made


class Workers:
    """Those who are asked; they work when they are told to."""

    def __init__(self, there: bool = True) -> None:
        self.there = there
        self.asked: list[tuple[int, str]] = []

    def __call__(self, campaign_id: int, digest: str) -> bool:
        self.asked.append((campaign_id, digest))
        return self.there


def read(
    campaign: Campaign, ask: Callable[[int, str], bool], at: datetime | None = None
) -> DryRun | Underway:
    return dry_run_reports.for_reader(Campaign.objects.get(pk=campaign.pk), at or timezone.now(), ask)


def test_readers_see_how_far_the_one_worker_is_and_then_what_it_found(campaign: Campaign) -> None:
    workers = Workers()
    assert read(campaign, workers) == Underway(0, PEOPLE)
    assert read(campaign, workers) == Underway(0, PEOPLE)
    [asked] = workers.asked
    dry_run_reports.make(*asked)
    found = read(campaign, workers)
    at = timezone.now()
    assert found == dry_runs.count(campaign.message, audience.compiled(audience.rule(campaign), at), at)
    assert found.counts == {Outcome("send", ""): 4, Outcome("withheld", "no_consent"): 1}
    assert len(workers.asked) == 1


def test_while_it_works_it_says_how_many_it_has_looked_at(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, seen = Workers(), []
    during(monkeypatch, lambda: seen.append(read(campaign, workers)))
    read(campaign, workers)
    dry_run_reports.make(*workers.asked[0])
    assert seen == [Underway(0, PEOPLE), Underway(2, PEOPLE), Underway(4, PEOPLE)]


def during(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Between two chunks of the dry run."""
    judged = dry_runs._judged

    def spied(*args: Any) -> Iterator[Any]:
        for chunk in judged(*args):
            act()
            yield chunk

    monkeypatch.setattr(dry_runs, "_judged", spied)


def test_what_changes_the_campaign_asks_for_a_new_one_and_ends_the_old(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers()
    read(campaign, workers)

    def edited() -> None:
        Campaign.objects.filter(pk=campaign.pk).update(revision=campaign.revision + 1)
        read(campaign, workers)

    during(monkeypatch, edited)
    with pytest.raises(Superseded):
        dry_run_reports.make(*workers.asked[0])
    assert len({digest for _campaign, digest in workers.asked}) == 2
    assert DryRunReport.objects.get().counted_at is None


def test_two_workers_do_not_both_begin(campaign: Campaign) -> None:
    workers = Workers()
    read(campaign, workers)
    dry_run_reports.make(*workers.asked[0])
    with pytest.raises(Superseded):
        dry_run_reports.make(*workers.asked[0])
    tasks.dry_run(*workers.asked[0])  # the task ends quietly


def test_a_worker_that_is_not_heard_of_any_more_is_replaced_and_must_not_come_back(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers()
    read(campaign, workers)
    later = timezone.now() + dry_run_reports.LOST + timedelta(seconds=1)
    read(campaign, workers, later)
    assert len(workers.asked) == 2
    seen = []
    during(monkeypatch, lambda: seen.append(read(campaign, workers, later + timedelta(minutes=1))))
    with pytest.raises(Superseded):
        dry_run_reports.make(*workers.asked[0])
    assert seen == [Underway(0, PEOPLE)]
    assert len(workers.asked) == 3


def test_who_opens_the_page_later_gets_a_new_one_and_a_launch_takes_the_one_that_was_seen(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers()
    read(campaign, workers)
    dry_run_reports.make(*workers.asked[0])
    later = timezone.now() + dry_run_reports.FRESH + timedelta(minutes=1)
    monkeypatch.setattr(dry_runs, "count", None)
    assert dry_run_reports.seen(campaign, later).gets == 4
    assert read(campaign, workers, later) == Underway(0, PEOPLE)
    assert len(workers.asked) == 2


def test_without_a_worker_the_reader_waits_and_a_small_audience_needs_none(campaign: Campaign) -> None:
    away = Workers(there=False)
    found = read(campaign, away)
    assert isinstance(found, DryRun)
    assert found.audience == PEOPLE
    assert len(away.asked) == 1
    small = make.ready(people=0, segment=make.segment("AT"))
    assert isinstance(read(small, away), DryRun)
    assert len(away.asked) == 1


def test_the_review_shows_progress_the_outcomes_and_the_people_behind_them(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.dry_run, "apply_async", lambda args, **_: asked.append(args))
    client = Client()
    client.force_login(make.user())
    page = reverse("campaign_outcomes", args=[campaign.pk])
    first = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "0 of 5" in " ".join(first.split())
    assert f'hx-get="{page}"' in first
    tasks.dry_run(*asked[0])
    response = client.get(page, headers={"HX-Request": "true"})
    assert [row.number for row in response.context["rows"]] == [4, 1]
    assert response.context["seen"] == approval.digest(campaign)
    people = client.get(response.context["rows"][1].url).context["people"]
    assert len(people) == 1
    launched = client.post(
        reverse("campaign_launch", args=[campaign.pk]), {"seen": response.context["seen"]}, follow=True
    )
    assert "It is launched." in launched.content.decode()
    assert len(asked) == 1
