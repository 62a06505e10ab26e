from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.fault("F7")
@pytest.mark.django_db
def test_a_schedule_that_stands_still_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setattr("config.management.commands.heartbeat.timezone.now", lambda: NOW)
    with pytest.raises(CommandError, match="No periodic task started in 10 minutes"):
        call_command("heartbeat")
    every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.MINUTES)
    task = PeriodicTask.objects.create(name="tick", task="tick", interval=every)
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=NOW - timedelta(minutes=9))
    call_command("heartbeat")
    assert capsys.readouterr().out == "The schedule runs.\n"
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=NOW - timedelta(minutes=11))
    with pytest.raises(CommandError):
        call_command("heartbeat")
