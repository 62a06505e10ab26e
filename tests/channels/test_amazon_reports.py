"""Amazon SES reports by Amazon SNS, which wants to be asked for the secret, and confirmed once."""

import base64
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from channels import amazon_sns
from channels.models import DeliveryEvent, MessageVersion, ProviderReport, Suppression
from config import http
from tests.channels.test_reports import SECRET, secret, sent, state

__all__ = ["secret", "sent"]
URL = "/webhooks/anymail/amazon_ses/tracking/"
TOPIC = "arn:aws:sns:eu-central-1:1:mails"
CONFIRM = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu&Token=2336412f"


def post(about: dict[str, Any], *, signed: bool = True) -> HttpResponse:
    said = {"MessageId": "m-1", "TopicArn": TOPIC, "Timestamp": "2026-11-22T10:00:00Z"} | about
    headers = {"X-Amz-Sns-Message-Type": said["Type"], "X-Amz-Sns-Message-Id": said["MessageId"]}
    if signed:
        headers["Authorization"] = "Basic " + base64.b64encode(SECRET.encode()).decode()
    client = Client(raise_request_exception=False)
    return client.post(URL, json.dumps(said), content_type="text/plain; charset=UTF-8", headers=headers)


def bounce() -> dict[str, Any]:
    event = {
        "eventType": "Bounce",
        "mail": {"messageId": "p-1", "destination": ["anna0@example.org"], "headers": []},
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": "anna0@example.org", "diagnosticCode": "smtp; 550 5.1.1"}],
        },
    }
    return {"Type": "Notification", "Message": json.dumps(event)}


def confirmation(url: str = CONFIRM) -> dict[str, Any]:
    return {"Type": "SubscriptionConfirmation", "Token": "2336412f", "SubscribeURL": url}


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    urls: list[str] = []

    def send(_session: http.Session, method: str, url: str, **_rest: Any) -> http.Answer:
        urls.append(f"{method} {url}")
        return http.Answer(200, {}, b"")

    monkeypatch.setattr(http.Session, "send", send)
    return urls


def test_a_bounce_is_heard(sent: MessageVersion) -> None:
    assert post(bounce()).status_code == 200
    assert (state(), state(2)) == ("bounced", "accepted")
    assert DeliveryEvent.objects.get().kind == "bounced"
    assert Suppression.objects.exists()


@pytest.mark.django_db
def test_without_the_secret_it_is_asked_for(called: list[str]) -> None:
    answer = post(confirmation(), signed=False)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="reports"')
    assert called == []


@pytest.mark.django_db
def test_a_subscription_is_confirmed_at_amazons_own_address(called: list[str]) -> None:
    assert post(confirmation()).status_code == 200
    assert called == [f"GET {CONFIRM}"]
    assert not ProviderReport.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.eu-central-1.amazonaws.com/?Token=1",
        "https://sns.eu-central-1.amazonaws.com.evil.example/?Token=1",
        "https://evil.example/?https://sns.eu-central-1.amazonaws.com/",
        "https://sns.eu-central-1.amazonaws.com@evil.example/?Token=1",
        "https://127.0.0.1/?Token=1",
        "https://s3.eu-central-1.amazonaws.com/?Token=1",
        CONFIRM + "\r\nHost: evil.example",
    ],
)
def test_no_other_address_is_opened(called: list[str], url: str) -> None:
    assert post(confirmation(url)).status_code == 503
    assert called == []


def test_an_answer_that_stays_away_is_no_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_rest: Any) -> http.Answer:
        raise http.NotSent("The name of the server is not known.")

    monkeypatch.setattr(http.Session, "send", away)
    assert amazon_sns.confirm(CONFIRM) is False


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'"SubscriptionConfirmation"', b'{"Type": "Notification"}']
)
def test_other_calls_ask_for_no_confirmation(body: bytes) -> None:
    assert amazon_sns.asked(body) is None
