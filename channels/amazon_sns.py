"""Amazon SNS carries what Amazon SES reports. It signs what it carries, but for whomever has a topic: so the topic must
be one that an account names, and what SNS wants to be opened must be its own (reliability H10).

The libraries for this (validatesns and its kin) know no signature of version 2 or fetch the certificate by themselves.
"""

import base64
import json
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate
from django.http import HttpRequest
from django.utils import timezone

from channels.backends.anymail import REGION, SES
from channels.models import Account
from config import http

log = logging.getLogger(__name__)

PROVIDER = SES
# A whole region's name: sns.s3.amazonaws.com would be a bucket of files that anybody may own.
HOST = rf"https://sns\.{REGION.pattern}\.amazonaws\.com(\.cn)?"
CERTIFICATE = re.compile(HOST + r"/[A-Za-z0-9_-]{1,200}\.pem", re.ASCII)
CONFIRMATION = re.compile(HOST + r"/\?[!-~]{1,2000}", re.ASCII)
HASHES = {"1": SHA1, "2": SHA256}
# The parts that are signed, in their order; a subject is one only where there is one.
NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    "Notification": NOTIFICATION,
    "SubscriptionConfirmation": SUBSCRIPTION,
    "UnsubscribeConfirmation": SUBSCRIPTION,
}


class ForgedError(Exception):
    """Nothing that a topic of ours has said."""


class AwayError(Exception):
    """Whether it is Amazon's cannot be told just now."""


def read(request: HttpRequest) -> Mapping[str, Any]:
    """What SNS says here, by one of our topics and with its signature. As long as no account names a topic, each may
    report, but none is subscribed to. Raises ForgedError or AwayError."""
    said: dict[str, Any] = json.loads(
        request.body.decode(request.encoding or "utf-8")
    )  # as django-anymail does
    topics = _topics()
    if str(said.get("TopicArn")) not in topics and (topics or said.get("Type") != "Notification"):
        raise ForgedError("It comes from a topic that no account names.")
    try:
        _check(said)
    except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ForgedError(f"Its signature is not right ({type(error).__name__}).") from error
    return said


def _topics() -> set[str]:
    named = Account.objects.filter(backend="anymail", settings__esp=SES)
    return {topic for topic in named.values_list("settings__topic", flat=True) if topic}


def _check(said: Mapping[str, Any]) -> None:
    url = said["SigningCertURL"]
    if not CERTIFICATE.fullmatch(url):
        raise ValueError
    kind, signature = HASHES[said["SignatureVersion"]], base64.b64decode(said["Signature"], validate=True)
    signed = "".join(f"{name}\n{said[name]}\n" for name in SIGNED[said["Type"]] if name in said)
    certificate = _certificate(url)
    if not certificate.not_valid_before_utc <= timezone.now() <= certificate.not_valid_after_utc:
        raise ValueError
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError
    key.verify(signature, signed.encode(), PKCS1v15(), kind())


@lru_cache(maxsize=16)  # another key has another address
def _certificate(url: str) -> Certificate:
    return load_pem_x509_certificate(_open(url))


def _open(url: str) -> bytes:
    session = http.Session()
    try:
        answer = session.send("GET", url, largest=100_000)
    except http.CallError as error:
        raise AwayError(str(error)) from error
    finally:
        session.close()
    if answer.status != 200:
        raise AwayError(f"{answer.status} from Amazon SNS")
    return answer.body


def confirm(said: Mapping[str, Any]) -> bool:
    """Whether SNS asks if we want what it reports; then it is told so. Raises ForgedError or AwayError."""
    if said["Type"] != "SubscriptionConfirmation":
        return False
    if not CONFIRMATION.fullmatch(said["SubscribeURL"]):
        raise ForgedError("It names an address that is not Amazon's, which is not opened.")
    _open(said["SubscribeURL"])
    log.info("The subscription of Amazon SNS is confirmed: %s", said["TopicArn"])
    return True
