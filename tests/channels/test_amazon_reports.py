"""H10: Amazon SES reports by Amazon SNS. Only what a topic of ours has signed counts, only Amazon's own is opened."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from channels import amazon_sns
from channels.models import Account, DeliveryEvent, ForgedReport, MessageVersion, ProviderReport, Suppression
from config import http
from tests.channels.test_reports import SECRET, secret, sent, state

__all__ = ["secret", "sent"]
pytestmark = pytest.mark.django_db
URL = "/webhooks/anymail/amazon_ses/tracking/"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:mails"
HOST = "https://sns.eu-central-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"
CONFIRM = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
NOW = datetime.now(UTC)
KEY, STRANGER = (rsa.generate_private_key(65537, 2048) for _n in range(2))


def certificate(key: Any = KEY, until: datetime = NOW + timedelta(days=90)) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(NOW - timedelta(days=400)).not_valid_after(until)
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


class Amazon:
    """The far side: what it answers, and what was asked of it."""

    def __init__(self) -> None:
        self.pages = {CERTIFICATE: certificate(), CONFIRM: b"<ConfirmSubscriptionResponse/>"}
        self.asked: list[str] = []
        self.away = False

    def send(self, method: str, url: str, **_rest: Any) -> http.Answer:
        self.asked.append(f"{method} {url}")
        if self.away:
            raise http.NotSent("The name of the server is not known.")
        return http.Answer(200 if url in self.pages else 404, {}, self.pages.get(url, b""))


@pytest.fixture(autouse=True)
def amazon(monkeypatch: pytest.MonkeyPatch) -> Amazon:
    made = Amazon()
    monkeypatch.setattr(http.Session, "send", lambda _session, *args, **rest: made.send(*args, **rest))
    amazon_sns._certificate.cache_clear()
    return made


@pytest.fixture(autouse=True)
def account(db: None) -> Account:
    settings = {"esp": "amazon_ses", "topic": TOPIC}
    return Account.objects.create(name="SES", backend="anymail", settings=settings)


def signed(about: dict[str, Any], *, key: Any = KEY, version: str = "2", **more: Any) -> dict[str, Any]:
    said = {"MessageId": "m-1", "TopicArn": TOPIC, "Timestamp": "2026-11-22T10:00:00Z"} | about
    said |= {"SignatureVersion": version, "SigningCertURL": CERTIFICATE}
    # Written down from Amazon's own description, in its order.
    order = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{said[name]}\n" for name in order if name in said)
    kind = hashes.SHA1() if version == "1" else hashes.SHA256()
    said["Signature"] = base64.b64encode(key.sign(text.encode(), PKCS1v15(), kind)).decode()
    return said | more


def post(said: dict[str, Any], *, secret: bool = True) -> HttpResponse:
    headers = {"X-Amz-Sns-Message-Type": said["Type"], "X-Amz-Sns-Message-Id": said["MessageId"]}
    if secret:
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
    return {"Type": "SubscriptionConfirmation", "Message": "Visit", "Token": "2336412f", "SubscribeURL": url}


def forged() -> int:
    """How many were counted, if nothing else has happened."""
    assert not any(kind.objects.exists() for kind in (DeliveryEvent, Suppression, ProviderReport))
    return sum(ForgedReport.objects.filter(provider="amazon_ses").values_list("count", flat=True))


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_bounce_is_heard_and_the_certificate_fetched_once(
    sent: MessageVersion, amazon: Amazon, version: str
) -> None:
    assert post(signed(bounce() | {"Subject": "Amazon SES"}, version=version)).status_code == 200
    assert post(signed(bounce() | {"MessageId": "m-2"}, version=version)).status_code == 200
    assert (state(), state(2)) == ("bounced", "accepted")
    assert set(DeliveryEvent.objects.values_list("kind", flat=True)) == {"bounced"}
    assert Suppression.objects.exists()
    assert amazon.asked == [f"GET {CERTIFICATE}"]
    assert not ForgedReport.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        signed(bounce(), key=STRANGER),
        signed(bounce(), Message=bounce()["Message"].replace("anna0", "boss")),
        signed(bounce(), MessageId="m-9"),
        signed(bounce(), Subject="added"),
        signed(bounce(), SignatureVersion="1"),
        signed(bounce(), SignatureVersion="3"),
        signed(bounce(), SignatureVersion=None),
        signed(bounce(), Signature="%%%"),
        signed(bounce(), Signature=""),
        signed(bounce(), Signature=7),
        signed(bounce(), Message="\ud800"),
        signed(bounce(), TopicArn=[TOPIC]),
        bounce() | {"MessageId": "m-1", "TopicArn": TOPIC},
        signed(confirmation(), key=STRANGER),
        signed(confirmation(), SubscribeURL=CONFIRM + "0"),
    ],
)
@pytest.mark.fault("F17")
def test_what_amazon_has_not_signed_changes_nothing_and_is_counted(
    sent: MessageVersion, amazon: Amazon, said: dict[str, Any]
) -> None:
    assert post(said).status_code == 401
    assert forged() == 1
    assert set(amazon.asked) <= {f"GET {CERTIFICATE}"}


@pytest.mark.fault("F17")
@pytest.mark.parametrize("about", [bounce(), confirmation()])
def test_a_right_signature_of_a_strangers_topic_is_none(
    sent: MessageVersion, amazon: Amazon, about: dict[str, Any]
) -> None:
    stranger = TOPIC.replace("123456789012", "999999999999")
    assert post(signed(about | {"TopicArn": stranger})).status_code == 401
    assert forged() == 1
    assert amazon.asked == []


def test_until_an_account_names_a_topic_reports_are_taken_and_no_subscription_is(account: Account) -> None:
    """After an upgrade, the account has none yet, and nobody would send the reports again."""
    for settings in (
        {"esp": "amazon_ses"},
        {"esp": "amazon_ses", "topic": ""},
        {"esp": "brevo", "topic": TOPIC},
    ):
        Account.objects.filter(pk=account.pk).update(settings=settings)
        assert post(signed(bounce())).status_code == 200
        assert post(signed(bounce(), key=STRANGER)).status_code == 401
        assert post(signed(confirmation())).status_code == 401
    assert sum(ForgedReport.objects.values_list("count", flat=True)) == 6


PLACES = [
    "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem",  # a bucket that is called sns
    "https://sns.s3-eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
    "https://sns.amazonaws.com/SimpleNotificationService-1.pem",
    "http://sns.eu-central-1.amazonaws.com/1.pem",
    "https://sns.eu-central-1.amazonaws.com:8443/1.pem",
    "https://sns.eu-central-1.amazonaws.com.evil.example/1.pem",
    "https://sns.eu-central-1.amazonaws.com@evil.example/1.pem",
    "https://evil@sns.eu-central-1.amazonaws.com/1.pem",
    "https://evil.example/https://sns.eu-central-1.amazonaws.com/1.pem",
    "https://sns.eu-central-1.amazonaws.com/../1.pem",
    "https://sns.eu-central-1.amazonaws.com/1.pem?x",
    "https://sns.eu-central-1.amazonaws.com/1.pem#x",
    "https://sns.eu-central-1.amazonaws.com/?Action=Publish&x=1.pem",
    "https://sns.eu-central-1.amazonaws.com/1.pem\n",
    "https://SNS.eu-central-1.amazonaws.com/1.pem",
    "https://127.0.0.1/1.pem",
    "file:///etc/1.pem",
    "",
    None,
]


@pytest.mark.parametrize("url", PLACES)
def test_a_certificate_of_another_place_is_not_fetched(amazon: Amazon, url: str | None) -> None:
    amazon.pages |= {str(url): certificate(STRANGER)}
    assert post(signed(bounce(), key=STRANGER, SigningCertURL=url)).status_code == 401
    assert forged() == 1
    assert amazon.asked == []


def test_amazons_server_in_china_is_its_own(amazon: Amazon) -> None:
    there = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    amazon.pages[there] = certificate()
    assert post(signed(bounce(), SigningCertURL=there)).status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        certificate(until=NOW - timedelta(days=1)),
        certificate(ec.generate_private_key(ec.SECP256R1())),
        b"<html>",
        b"",
    ],
)
def test_a_certificate_that_is_none_proves_nothing(amazon: Amazon, page: bytes) -> None:
    amazon.pages[CERTIFICATE] = page
    assert post(signed(bounce())).status_code == 401
    assert forged() == 1


def test_while_amazon_is_away_the_report_is_to_come_again(sent: MessageVersion, amazon: Amazon) -> None:
    amazon.away = True
    assert post(signed(bounce())).status_code == 503
    assert forged() == 0
    amazon.away = False
    assert post(signed(bounce())).status_code == 200
    assert state() == "bounced"


def test_without_the_secret_it_is_asked_for(amazon: Amazon) -> None:
    answer = post(signed(confirmation()), secret=False)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Basic realm="reports"')
    assert amazon.asked == []


def test_a_subscription_of_the_named_topic_is_confirmed(amazon: Amazon) -> None:
    amazon.away = True
    assert post(signed(confirmation())).status_code == 503  # it asks again
    amazon.away = False
    assert post(signed(confirmation())).status_code == 200
    assert amazon.asked[1:] == [f"GET {CERTIFICATE}", f"GET {CONFIRM}"]
    assert not ForgedReport.objects.exists()


@pytest.mark.parametrize("url", ["", "https://127.0.0.1/?Token=1", *(str(url) for url in PLACES[:10])])
def test_no_other_address_is_opened(amazon: Amazon, url: str) -> None:
    url = url.replace("/1.pem", "/?Token=1")
    assert post(signed(confirmation(url))).status_code == 401
    assert amazon.asked == [f"GET {CERTIFICATE}"]


def test_the_page_asks_for_the_topic_and_says_that_it_is_missing(
    administrator: Client, account: Account
) -> None:
    edit, cards = reverse("account_edit", args=[account.pk]), reverse("account_list")
    missing = "missing: name it"
    assert missing not in administrator.get(cards).content.decode()
    given = {"name": "SES", "channel": "email", "esp": "amazon_ses", "options": "{}"}
    for topic in (
        "mails",
        TOPIC + ":f81d4fae",
        "arn:aws:sqs:eu-central-1:123456789012:mails",
        TOPIC + "\n<b>",
    ):
        assert "Copy the whole ARN" in administrator.post(edit, given | {"topic": topic}).content.decode()
    brevo = administrator.post(edit, given | {"esp": "brevo", "topic": TOPIC}).content.decode()
    assert "Only Amazon SES reports by a topic" in brevo
    assert administrator.post(edit, given | {"topic": ""}).status_code == 302
    assert missing in administrator.get(cards).content.decode()
    assert administrator.post(edit, given | {"topic": f" {TOPIC} "}).status_code == 302
    assert Account.objects.get(pk=account.pk).settings["topic"] == TOPIC
