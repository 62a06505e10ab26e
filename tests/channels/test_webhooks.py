"""Reports of providers are kept word for word, once, and can be heard again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from channels import reports, webhooks
from channels.models import Delivery, DeliveryEvent, MessageVersion, ProviderReport, Suppression
from tests.channels.runs import NOW
from tests.channels.test_reports import SECRET, bounce, delivered, report, secret, sent, state

__all__ = ["SECRET", "secret", "sent"]


def test_a_report_is_kept_once_with_hashes_instead_of_addresses(sent: MessageVersion) -> None:
    for _n in range(3):
        assert report(bounce()) == 200
    kept = ProviderReport.objects.get()
    assert json.loads(bytes(kept.body))["Email"] == "anna0@example.org"
    assert kept.heard_at is not None
    assert len(kept.address_keys) == 1
    assert "anna" not in str(kept.address_keys)
    assert "AUTHORIZATION" not in str(kept.headers)


@pytest.mark.django_db
def test_a_report_without_the_secret_is_not_kept() -> None:
    assert report(bounce(), secret="post:forged") == 401
    assert not ProviderReport.objects.exists()


@pytest.mark.fault("F16")
def test_what_comes_too_early_is_heard_when_the_mail_is_known(sent: MessageVersion) -> None:
    """F16: the report is faster than our own commit."""
    Delivery.objects.filter(provider_id="p-1").update(provider_id="")
    assert report(delivered()) == 200
    row = ProviderReport.objects.get()
    assert row.heard_at is None
    Delivery.objects.filter(provider_id="").update(provider_id="p-1")
    assert webhooks.sweep(row.received_at) == 0  # its turn comes in a minute
    assert webhooks.sweep(row.received_at + timedelta(minutes=1)) == 1
    assert state() == "delivered"
    assert ProviderReport.objects.get().heard_at is not None


@pytest.mark.django_db
def test_what_is_none_of_ours_is_given_up() -> None:
    report(delivered(MessageID="strange"))
    at = ProviderReport.objects.get().received_at
    tried = [webhooks.sweep(at + timedelta(minutes=minute)) for minute in range(120)]
    assert sum(tried) == webhooks.MOST_TRIES - 1
    assert ProviderReport.objects.get().heard_at is not None


def test_what_nobody_could_read_is_heard_once_somebody_can(sent: MessageVersion, monkeypatch: Any) -> None:
    def broken(*args: Any) -> Any:
        raise ValueError

    with monkeypatch.context() as bad:
        bad.setattr(reports, "events", broken)
        assert report(bounce()) == 400
    row = ProviderReport.objects.get()
    assert (row.fault, state()) == ("ValueError", "accepted")
    webhooks.sweep(row.received_at + timedelta(minutes=5))
    assert (ProviderReport.objects.get().fault, state()) == ("", "bounced")


def test_replaying_everything_changes_nothing_twice(sent: MessageVersion) -> None:
    report(bounce("SpamComplaint"))
    report(delivered())
    before = list(DeliveryEvent.objects.order_by("pk").values_list("key", flat=True))
    since = ProviderReport.objects.earliest("pk").received_at
    assert webhooks.replay(since, NOW) == 2
    assert list(DeliveryEvent.objects.order_by("pk").values_list("key", flat=True)) == before
    DeliveryEvent.objects.all().delete()  # as after a restored backup
    Suppression.objects.all().delete()
    Delivery.objects.update(state="accepted")
    webhooks.replay(since, NOW)
    assert sorted(DeliveryEvent.objects.values_list("key", flat=True)) == sorted(before)
    assert state() == "complained"
    assert Suppression.objects.exists()


def test_the_command_replays_and_names_what_is_no_moment(sent: MessageVersion, capsys: Any) -> None:
    report(delivered())
    call_command("replay_reports", "2026-11-02T12:00")
    assert "1 reports" in capsys.readouterr().out
    for wrong in ("yesterday", "2026-13-40T99:99"):
        with pytest.raises(CommandError, match="no moment"):
            call_command("replay_reports", wrong)
