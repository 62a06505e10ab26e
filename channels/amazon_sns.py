"""Amazon SNS carries what Amazon SES reports, but sends nothing before somebody has opened an address that it names."""

import json
import logging
import re
from typing import Any

from config import http

log = logging.getLogger(__name__)

PROVIDER = "amazon_ses"
ADDRESS = re.compile(r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?/\?[!-~]{1,2000}", re.ASCII)


def asked(body: bytes) -> str | None:
    """The address that this request for confirmation names; None where it is no such request."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.get("Type") != "SubscriptionConfirmation":
        return None
    return str(said.get("SubscribeURL", ""))


def confirm(address: str) -> bool:
    """Open it, if it is Amazon's; whoever asks has shown our secret before."""
    if not ADDRESS.fullmatch(address):
        log.warning("Amazon SNS is to be confirmed at an address that is not Amazon's; it is not opened")
        return False
    session = http.Session()
    try:
        return session.send("GET", address).status == 200
    except http.CallError as error:
        log.warning("Amazon SNS cannot be told that we want its reports: %s", error)
        return False
    finally:
        session.close()
