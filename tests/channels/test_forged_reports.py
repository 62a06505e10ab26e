"""F17: what nobody signed, or was signed for another account or long ago: turned away, without effect, and counted."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import forgeries
from channels.models import (
    Account,
    Delivery,
    DeliveryEvent,
    ForgedReport,
    MessageVersion,
    ProviderReport,
    Reply,
    Suppression,
)
from tests.channels.test_replies import account, told
from tests.channels.test_reports import SECRET, bounce, report, secret, sent

__all__ = ["SECRET", "account", "secret", "sent"]

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F17")]
NIGHT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # the next day in Berlin
KEY = "signing-key"


def counted() -> dict[tuple[str, int | None], int]:
    return {(row.provider, row.account_id): row.count for row in ForgedReport.objects.all()}


def nothing_happened() -> bool:
    return not any(kind.objects.exists() for kind in (DeliveryEvent, Suppression, ProviderReport, Reply))


def test_each_wrong_secret_is_counted_and_a_right_one_is_not(sent: MessageVersion) -> None:
    for wrong in (None, "post:forged", "x"):
        assert report(bounce(), secret=wrong) == 401
    assert nothing_happened()
    assert counted() == {("postmark", None): 3}
    assert report(bounce()) == 200
    assert report(b"{", secret=SECRET) == 400  # nobody forged it, it cannot be read
    assert report(bounce(), secret=None, url="/webhooks/anymail/nobody/tracking/") == 404
    assert counted() == {("postmark", None): 3}


def mailgun(signed_at: datetime, key: str = KEY, kind: str = "complained") -> int:
    stamp, token = str(int(signed_at.timestamp())), "t" * 50
    made = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    data = {"event": kind, "timestamp": signed_at.timestamp(), "id": "e1", "recipient": "anna0@example.org"}
    data["message"] = {"headers": {"message-id": "p-1"}}
    body = {"signature": {"timestamp": stamp, "token": token, "signature": made}, "event-data": data}
    return report(body, url="/webhooks/anymail/mailgun/tracking/")


@pytest.fixture
def signing(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": [SECRET], "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def test_a_signature_of_long_ago_opens_no_door(sent: MessageVersion, signing: None) -> None:
    """Mailgun's covers a time and nothing of the report: with one of them anybody could write more."""
    now = timezone.now()
    mail = Delivery.objects.filter(provider_id="p-1")
    mail.update(provider_id="<p-1>")  # as Mailgun gives it
    for age in (timedelta(days=1, minutes=1), timedelta(days=400), -timedelta(days=2)):
        assert mailgun(now - age) == 401
    assert mailgun(now, key="guessed") == 401
    assert nothing_happened()
    assert counted() == {("mailgun", None): 4}
    assert mailgun(now - timedelta(hours=23)) == 200  # it repeats for hours
    assert Delivery.objects.get(provider_id="<p-1>").state == "complained"
    assert counted() == {("mailgun", None): 4}


def test_an_old_report_that_is_played_again_changes_nothing_more(sent: MessageVersion) -> None:
    for _n in range(3):
        assert report(bounce("SpamComplaint")) == 200
    assert (DeliveryEvent.objects.count(), ProviderReport.objects.count()) == (1, 1)
    Suppression.objects.all().delete()  # taken back by staff
    assert report(bounce("SpamComplaint")) == 200
    assert not Suppression.objects.exists()


def test_the_signature_of_one_account_opens_no_other_door(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Account.objects.create(name="Other", backend="twilio", channel="sms")
    monkeypatch.setenv(f"ACCOUNT_{other.pk}_PASSWORD", "another token")
    fields = {"MessageSid": "SM1", "From": "+4915112345678", "Body": "STOP"}
    assert told(other, "twilio_inbound", fields).status_code == 403  # signed with the token of the first
    assert told(other, "twilio_status", fields).status_code == 403
    assert told(account, "twilio_inbound", fields, signed=fields | {"Body": "JA"}).status_code == 403
    assert nothing_happened()
    assert counted() == {("twilio", other.pk): 2, ("twilio", account.pk): 1}


def test_days_are_counted_apart_and_forgotten() -> None:
    for at in (NIGHT, NIGHT, NIGHT - timedelta(hours=2), NIGHT - timedelta(days=91)):
        forgeries.count("postmark", at)
    days = ForgedReport.objects.order_by("day").values_list("day", "count")
    assert [(f"{day:%m-%d}", count) for day, count in days] == [("08-29", 1), ("11-27", 1), ("11-28", 2)]
    postmark = Account.objects.create(name="P", backend="anymail", settings={"esp": "postmark"})
    brevo = Account.objects.create(name="B", backend="anymail", settings={"esp": "brevo"})
    assert forgeries.lately([postmark, brevo], NIGHT) == {postmark.pk: 3}
    assert forgeries.lately([postmark], NIGHT + timedelta(days=7)) == {}
    forgeries.forget(NIGHT)
    assert ForgedReport.objects.count() == 2


def test_the_card_of_the_account_tells_them_and_today_when_there_are_many(administrator: Client) -> None:
    Account.objects.create(name="P", backend="anymail", settings={"esp": "postmark"})
    accounts, today = reverse("account_list"), reverse("today")
    assert "Reports without our secret" not in administrator.get(accounts).content.decode()
    report(bounce(), secret="post:forged")
    assert "1 in seven days, turned away" in administrator.get(accounts).content.decode()
    assert "turned away" not in administrator.get(today).content.decode()
    for _n in range(forgeries.MANY):
        forgeries.count("postmark", timezone.now())
    assert "21 reports without our secret" in administrator.get(today).content.decode()
