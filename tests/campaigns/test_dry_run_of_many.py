"""A large audience is looked at by a worker: the reader sees how far it is, and nobody looks twice."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import approval, audience, dry_run_reports, tasks
from campaigns.dry_run_reports import Failed, Looked, Superseded, Underway
from campaigns.models import Campaign, DryRunReport
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Outcome
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
    campaign: Campaign, ask: Callable[[int, str], bool], at: datetime | None = None, again: bool = False
) -> Looked | Underway | Failed:
    fresh = Campaign.objects.get(pk=campaign.pk)
    return dry_run_reports.for_reader(fresh, at or timezone.now(), ask, again)


def during(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> None:
    """Between two chunks of the dry run."""
    judged = dry_runs._judged

    def spied(*args: Any) -> Iterator[Any]:
        for chunk in judged(*args):
            act()
            yield chunk

    monkeypatch.setattr(dry_runs, "_judged", spied)


def test_readers_see_how_far_the_one_worker_is_and_then_what_it_found(campaign: Campaign) -> None:
    workers = Workers()
    assert read(campaign, workers) == Underway(0, PEOPLE)
    assert read(campaign, workers) == Underway(0, PEOPLE)
    [asked] = workers.asked
    dry_run_reports.make(*asked)
    found = read(campaign, workers)
    assert isinstance(found, Looked)
    at = found.at
    assert at is not None
    assert found.dry == dry_runs.count(campaign.message, audience.compiled(audience.rule(campaign), at), at)
    assert found.dry.counts == {Outcome("send", ""): 4, Outcome("withheld", "no_consent"): 1}
    assert len(workers.asked) == 1


def test_while_it_works_it_says_how_many_it_has_looked_at(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, seen = Workers(), []
    during(monkeypatch, lambda: seen.append(read(campaign, workers)))
    read(campaign, workers)
    dry_run_reports.make(*workers.asked[0])
    assert seen == [Underway(0, PEOPLE), Underway(2, PEOPLE), Underway(4, PEOPLE)]


@pytest.mark.parametrize("looked", [True, False])
def test_what_changes_the_campaign_ends_it_whether_or_not_anybody_looks(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, looked: bool
) -> None:
    workers = Workers()
    read(campaign, workers)

    def edited() -> None:
        Campaign.objects.filter(pk=campaign.pk).update(revision=campaign.revision + 1)
        if looked:
            read(campaign, workers)

    during(monkeypatch, edited)
    with pytest.raises(Superseded):
        dry_run_reports.make(*workers.asked[0])
    assert isinstance(read(campaign, workers), Underway)
    assert len({digest for _campaign, digest in workers.asked}) == 2


def test_two_workers_do_not_both_work(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers()
    read(campaign, workers)

    def second() -> None:
        with pytest.raises(Superseded):
            dry_run_reports.make(*workers.asked[0])
        tasks.dry_run(*workers.asked[0])  # ends quietly

    during(monkeypatch, second)
    dry_run_reports.make(*workers.asked[0])
    assert isinstance(read(campaign, workers), Looked)


def test_a_worker_that_is_not_heard_of_any_more_has_failed_and_must_not_come_back(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers, seen = Workers(), []
    read(campaign, workers)
    later = timezone.now() + dry_run_reports.LOST + timedelta(seconds=1)

    def look() -> None:
        seen.extend([read(campaign, workers, later), read(campaign, workers, later, again=True)])

    with monkeypatch.context() as slow:
        during(slow, look)
        with pytest.raises(Superseded):
            dry_run_reports.make(*workers.asked[0])
    assert seen == [Failed(), Underway(0, PEOPLE)]
    assert len(workers.asked) == 2
    dry_run_reports.make(*workers.asked[1])
    assert isinstance(read(campaign, workers), Looked)


def test_a_fault_is_told_and_not_tried_over_and_over(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers()
    read(campaign, workers)
    with monkeypatch.context() as broken:
        during(broken, lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            dry_run_reports.make(*workers.asked[0])
    assert read(campaign, workers) == read(campaign, workers) == Failed()
    assert len(workers.asked) == 1
    assert read(campaign, workers, again=True) == Underway(0, PEOPLE)
    dry_run_reports.make(*workers.asked[1])
    assert isinstance(read(campaign, workers), Looked)


def test_what_was_seen_is_what_a_launch_goes_by_also_while_somebody_looks_again(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers()
    read(campaign, workers)
    dry_run_reports.make(*workers.asked[0])
    later = timezone.now() + dry_run_reports.FRESH + timedelta(seconds=1)
    monkeypatch.setattr(dry_runs, "count", None)
    assert read(campaign, workers, later) == Underway(0, PEOPLE)
    found = dry_run_reports.seen(campaign, later)
    assert found is not None
    assert found.gets == 4
    assert dry_run_reports.seen(campaign, later + dry_run_reports.SEEN) is None
    assert len(workers.asked) == 2


def test_without_a_worker_the_reader_waits_once_and_a_small_audience_needs_none(campaign: Campaign) -> None:
    away = Workers(there=False)
    for _time in range(2):
        found = read(campaign, away)
        assert isinstance(found, Looked)
        assert found.dry.audience == PEOPLE
    assert len(away.asked) == 1
    small = make.ready(people=0, segment=make.segment("AT"))
    assert isinstance(read(small, away), Looked)
    assert len(away.asked) == 1


def test_when_all_workers_are_busy_for_long_the_reader_waits_herself(campaign: Campaign) -> None:
    workers = Workers()
    read(campaign, workers)
    later = timezone.now() + dry_run_reports.BUSY + timedelta(seconds=1)
    assert isinstance(read(campaign, workers, later), Looked)
    with pytest.raises(Superseded):
        dry_run_reports.make(*workers.asked[0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    monkeypatch.setattr(tasks.dry_run, "apply_async", lambda args, **_: found.append(args))
    return found


@pytest.fixture
def marketer() -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(make.user())
    return client


def test_the_review_shows_progress_the_outcomes_and_the_people_behind_them(
    campaign: Campaign, asked: list[tuple[Any, ...]], marketer: Client
) -> None:
    page = reverse("campaign_outcomes", args=[campaign.pk])
    first = marketer.get(page).content.decode()
    assert "0 of 5" in " ".join(first.split())
    assert f'hx-get="{page}"' in first
    tasks.dry_run(*asked[0])
    response = marketer.get(page)
    assert [row.number for row in response.context["rows"]] == [4, 1]
    assert "Look again" in response.content.decode()
    people = marketer.get(response.context["rows"][1].url).context["people"]
    assert len(people) == 1
    launch = reverse("campaign_launch", args=[campaign.pk])
    launched = marketer.post(launch, {"seen": response.context["seen"]}, follow=True)
    assert "It is launched." in launched.content.decode()
    assert len(asked) == 1
    assert not DryRunReport.objects.exists()


def test_nobody_launches_what_was_not_looked_at(
    campaign: Campaign, asked: list[tuple[Any, ...]], marketer: Client
) -> None:
    launch = reverse("campaign_launch", args=[campaign.pk])
    refused = marketer.post(launch, {"seen": approval.digest(campaign)}, follow=True).content.decode()
    assert "was last looked at too long ago" in refused
    people = marketer.get(reverse("campaign_outcome_people", args=[campaign.pk]))
    assert people.headers["Location"] == reverse("campaign_review", args=[campaign.pk])
    assert asked == []


def test_a_fault_of_the_worker_is_told_with_another_try(
    campaign: Campaign, asked: list[tuple[Any, ...]], marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = reverse("campaign_outcomes", args=[campaign.pk])
    marketer.get(page)
    with monkeypatch.context() as broken:
        during(broken, lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.dry_run(*asked[0])
    assert "could not be found out" in marketer.get(page).content.decode()
    assert "0 of 5" in " ".join(marketer.get(page, {"again": 1}).content.decode().split())
    assert len(asked) == 2
