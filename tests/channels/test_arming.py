"""A database that comes from somewhere else sends nothing until somebody allows it."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import arming, tasks
from channels.models import Arming, Delivery
from customers.models import AuditEntry
from tests.channels import runs
from tests.channels.mails import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere() -> None:
    arming.armed()
    Arming.objects.update(place="7000000000000000000:1:5:16384")


def send() -> dict[str, int]:
    """What the tick and the worker do."""
    version = runs.version()
    for delivery in runs.planned(version, timezone.now()):
        assert delivery.state == "planned"
    tasks.pack_deliveries()
    for batch_id in Delivery.objects.exclude(batch=None).values_list("batch", flat=True).distinct():
        tasks.send_batch(batch_id)
    return runs.states(version)


def test_a_new_database_may_send() -> None:
    assert arming.armed()
    assert Arming.objects.get().place == arming.place()


def test_a_copy_sends_nothing(elsewhere: None) -> None:
    runs.customers(3)
    assert send() == {"planned": 3}


def test_a_batch_that_was_offered_before_is_not_sent_either() -> None:
    runs.customers(3)
    version = runs.version()
    runs.planned(version, timezone.now())
    [batch] = tasks.batching.pack(timezone.now())
    arming.disarm(None, NOW)
    tasks.send_batch(batch.batch_id)
    assert runs.states(version) == {"planned": 3}
    arming.arm(None, NOW)
    tasks.send_batch(batch.batch_id)
    assert runs.states(version) == {"accepted": 3}


def test_the_place_changes_when_the_ledger_is_restored() -> None:
    """pg_restore --clean drops the tables and makes them anew."""
    before = arming.place()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE channels_delivery RENAME TO channels_delivery_was")
        cursor.execute("CREATE TABLE channels_delivery (LIKE channels_delivery_was)")
    assert arming.place() != before


def test_today_and_the_page_say_so_and_an_administrator_allows_it(
    administrator: Client, elsewhere: None
) -> None:
    runs.customers(2)
    runs.planned(runs.version(), timezone.now())
    today = administrator.get(reverse("today")).content.decode()
    assert "This database comes from somewhere else" in today
    page = administrator.get(reverse("sending")).content.decode()
    assert "What would go out at once" in page
    assert "<td>Hallo {{ first_name }}</td>" in page
    assert "Go on only if" in administrator.get(reverse("sending_allow")).content.decode()
    assert not arming.armed()
    answer = administrator.post(reverse("sending_allow"), follow=True).content.decode()
    assert "This installation may send" in answer
    assert "comes from somewhere else" not in administrator.get(reverse("today")).content.decode()
    administrator.post(reverse("sending_stop"))
    assert "Sending is stopped" in administrator.get(reverse("sending")).content.decode()
    actions = AuditEntry.objects.filter(action__startswith="sending").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["sending.allowed", "sending.stopped"]


def test_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sending", "stop")
    assert "Sending is stopped. 0 messages are due." in capsys.readouterr().out
    call_command("sending", "allow")
    assert "Sending is allowed." in capsys.readouterr().out
