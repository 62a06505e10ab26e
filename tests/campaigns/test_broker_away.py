"""Staff launch while the broker is down: nothing is lost, nobody sees a fault, the next tick does it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from kombu import Producer
from kombu.exceptions import OperationalError

from campaigns import running, tasks
from campaigns.models import Occurrence
from channels.models import Delivery
from tests.campaigns import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The broker is down; what was to be told it meanwhile."""
    tried: list[str] = []

    def gone(*_args: Any, routing_key: str = "", headers: dict[str, Any], **_rest: Any) -> None:
        tried.append(headers["task"])
        raise OperationalError("Error 111 connecting to localhost:6379. Connection refused.")

    monkeypatch.setattr(Producer, "publish", gone)
    return tried


def test_a_launch_is_kept_and_the_next_tick_starts_it(
    marketer: Client, tries: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    campaign = make.ready(people=2)
    seen = marketer.get(reverse("campaign_outcomes", args=[campaign.pk])).context["seen"]
    response = marketer.post(reverse("campaign_launch", args=[campaign.pk]), {"seen": seen}, follow=True)
    assert response.redirect_chain == [(reverse("campaign_running", args=[campaign.pk]), 302)]
    assert response.status_code == 200
    assert tasks.run_campaigns.name in tries
    assert "The broker is away; the next tick starts what is due" in caplog.text
    assert Occurrence.objects.count() == 1
    assert not Delivery.objects.exists()
    running.tick(timezone.now())
    assert Delivery.objects.count() == 2


def test_waking_asks_the_broker_once_and_raises_nothing(
    tries: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    tasks.wake()
    assert tries == [tasks.run_campaigns.name]
    assert "broker" in caplog.text


def test_other_faults_of_ours_are_not_taken_for_an_absent_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_rest: Any) -> None:
        raise TypeError("no such argument")

    monkeypatch.setattr(Producer, "publish", broken)
    with pytest.raises(TypeError):
        tasks.wake()


def test_nobody_can_make_the_dry_run_of_many_for_the_reader(tries: list[str]) -> None:
    assert tasks.begin_dry_run(1, "digest") is False
    assert tries == [tasks.dry_run.name]
