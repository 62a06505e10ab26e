"""A database that comes from somewhere else sends nothing until somebody allows it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import arming, tasks
from channels.models import Arming, Batch
from customers import erasure_journal, merging, privacy
from customers.models import AuditEntry, Customer, Erasure
from tests.channels import runs
from tests.channels.mails import NOW
from tests.factories import CustomerFactory, UserFactory

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
    for batch_id in Batch.objects.filter(done_at=None).values_list("pk", flat=True):
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
    arming.arm(None, NOW, replayed=True)
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
    answer = administrator.post(reverse("sending_allow"), {"sure": "yes"}, follow=True).content.decode()
    assert "This installation may send" in answer
    assert "comes from somewhere else" not in administrator.get(reverse("today")).content.decode()
    administrator.post(reverse("sending_stop"))
    assert "Sending is stopped" in administrator.get(reverse("sending")).content.decode()
    actions = AuditEntry.objects.filter(action__startswith="sending").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["sending.allowed", "sending.stopped"]


def test_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sending", "stop")
    assert "Sending is stopped. 0 messages are due." in capsys.readouterr().out
    with pytest.raises(CommandError, match="--erasures-replayed"):
        call_command("sending", "allow")
    call_command("sending", "allow", "--erasures-replayed")
    assert "Sending is allowed." in capsys.readouterr().out


@pytest.fixture
def journal(settings: Any, tmp_path: Path) -> Path:
    settings.ERASURE_JOURNAL = str(tmp_path / "erasures.txt")
    return tmp_path / "erasures.txt"


@pytest.fixture
def back(elsewhere: None, journal: Path) -> Customer:
    """She was erased after the backup that is restored here."""
    anna = Customer.objects.get(pk=CustomerFactory(email="anna@example.org").pk)
    journal.write_text(f"{anna.key}\n00000000-0000-4000-8000-000000000000\n")
    return anna


@pytest.mark.fault("F40")
def test_who_was_erased_is_erased_again_before_anything_is_sent(
    administrator: Client, back: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "1 person of the journal of erasures is back in this database."
    with pytest.raises(CommandError, match="erasures replay"):
        call_command("sending", "allow", "--erasures-replayed")
    page = administrator.get(reverse("sending")).content.decode()
    assert sentence in page
    question = administrator.get(reverse("sending_allow")).content.decode()
    assert sentence in question
    assert 'name="sure"' not in question
    answer = administrator.post(reverse("sending_allow"), {"sure": "yes"}, follow=True).content.decode()
    assert sentence in answer
    assert not arming.armed()
    call_command("erasures", "replay")  # of the journal that is configured
    assert "1 customers erased again." in capsys.readouterr().out
    assert sentence not in administrator.get(reverse("sending")).content.decode()
    call_command("sending", "allow", "--erasures-replayed")
    assert arming.armed()
    back.refresh_from_db()
    assert back.email == ""


@pytest.mark.fault("F40")
def test_without_a_journal_somebody_has_to_say_so(administrator: Client, elsewhere: None) -> None:
    assert (
        "Whoever was erased since the backup" in administrator.get(reverse("sending_allow")).content.decode()
    )
    answer = administrator.post(reverse("sending_allow"), follow=True).content.decode()
    assert "Confirm that the erasures since the backup were repeated" in answer
    assert not arming.armed()
    administrator.post(reverse("sending_allow"), {"sure": "yes"})
    assert arming.armed()


@pytest.mark.parametrize("text", [b"no key\n", b"\xff\xfe"])
def test_a_journal_that_nobody_can_read_lets_nothing_go(journal: Path, elsewhere: None, text: bytes) -> None:
    journal.write_bytes(text)
    with pytest.raises(arming.RefusedError):
        arming.arm(None, NOW, replayed=True)


def test_profiles_that_were_merged_into_hers_are_written_down_too(
    journal: Path, django_capture_on_commit_callbacks: Any
) -> None:
    """A backup from before the merge brings them back as people of their own."""
    anna, twin = (Customer.objects.get(pk=CustomerFactory().pk) for _n in range(2))
    merging.merge(twin.pk, anna.pk, UserFactory(), NOW)
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(anna.pk, privacy.Asked(Erasure.By.STAFF, NOW), NOW)
    assert set(journal.read_text().split()) == {str(anna.key), str(twin.key)}
    journal.unlink()
    assert erasure_journal.complete(journal) == 2
    assert erasure_journal.still_to_repeat() == 0


def test_each_erasure_is_written_down_outside_and_the_night_adds_what_is_missing(
    journal: Path, django_capture_on_commit_callbacks: Any
) -> None:
    anna, bea, cleo = (Customer.objects.get(pk=CustomerFactory().pk) for _n in range(3))
    asked = privacy.Asked(Erasure.By.STAFF, NOW)
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase(anna.pk, asked, NOW)
    assert journal.read_text() == f"{anna.key}\n"
    assert journal.stat().st_mode & 0o077 == 0
    privacy.erase(bea.pk, asked, NOW)  # the disk was full at that moment
    with journal.open("a") as file:
        file.write(f"{cleo.key}\n")  # known from before the restore
    assert erasure_journal.complete(journal) == 3
    assert journal.read_text() == f"{anna.key}\n{cleo.key}\n{bea.key}\n"
    call_command("erasures", "write")
    assert journal.read_text().count("\n") == 3
