"""What an SMTP reply or an HTTP status means: the line, the address, or us. Enhanced status codes (RFC 3463) where
there are any."""

import json
import re
import smtplib

from channels.backends.base import Kind, Outcome, shortened
from config import http

STEPS = ("sender", "recipient", "content")
ENHANCED = re.compile(rb"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# Subjects of RFC 3463 with which a refused recipient is at fault: addressing, and a disabled mailbox.
BAD_ADDRESS = {(1, detail) for detail in (0, 1, 2, 3, 4, 6, 10)} | {(2, 0), (2, 1)}
MAILBOX_FULL = (2, 2)
# A refused recipient without an enhanced code.
BAD_ADDRESS_PLAIN = {550, 551, 553}
# By HTTP. Others of 500 and above may hide a mail that was taken over.
OURS = {400, 401, 402, 403, 404, 405, 413, 415, 422}
LATER = {408, 429}
UNAVAILABLE = 503
# Reasons of Mandrill's.
MANDRILL = {"Invalid_Key", "PaymentRequired", "Unknown_Subaccount", "ValidationError"}


def of_http(status: int, retry_after: str, words: object) -> Outcome:
    """A refusing status of a call. `retry_after`: that header's text, or nothing."""
    detail = shortened(words)
    after = http.wait(retry_after)
    if status in LATER or (status == UNAVAILABLE and after is not None):
        return Outcome(Kind.LINE, detail=detail, retry_after=after)
    ours = status in OURS or 300 <= status < 400
    return Outcome(Kind.US if ours else Kind.UNKNOWN, detail=detail)


def says_no(answer: bytes) -> bool:
    """Whether a service that answers every refusal by one and the same status (Postal by 200, Mandrill by 500) says
    that it took nothing, for a reason that a person must mend."""
    try:
        said = json.loads(answer)
    except ValueError:
        return False
    if not isinstance(said, dict):
        return False
    if said.get("status") == "error" and said.get("name") in MANDRILL:
        return True
    data = said.get("data")
    refused = said.get("status") in ("error", "parameter-error")
    return refused and isinstance(data, dict) and ("code" in data or "message" in data)


def of_envelope(step: str, code: int, text: bytes) -> Outcome | None:
    """None when the server goes along."""
    if code // 100 == 2 or code == 354:
        return None
    return Outcome(_kind(step, code, text), detail=_words(code, text))


def of_content(code: int, text: bytes) -> Outcome:
    """The answer to the whole mail. Reports name it by our own Message-ID, which says whose it is."""
    if code // 100 == 2:
        return Outcome(Kind.ACCEPTED, detail=shortened(text.decode(errors="replace")))
    return Outcome(_kind("content", code, text), detail=_words(code, text))


def of_greeting(error: smtplib.SMTPResponseException) -> Outcome:
    """A refused connection or sign-in: a temporary one is the line, any other is us."""
    text = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    kind = Kind.LINE if error.smtp_code // 100 == 4 or error.smtp_code <= 0 else Kind.US
    return Outcome(kind, detail=_words(error.smtp_code, text))


def is_dead(code: int, text: bytes) -> bool:
    """Whether such an answer about a recipient says that the address will never work."""
    return _kind("recipient", code, text) is Kind.ADDRESS


def _kind(step: str, code: int, text: bytes) -> Kind:
    if code // 100 != 5:
        return Kind.LINE
    status = _status(text)
    if step != "recipient":
        return Kind.US
    if status is None:
        return Kind.ADDRESS if code in BAD_ADDRESS_PLAIN else Kind.US
    if status == MAILBOX_FULL:
        return Kind.LINE
    return Kind.ADDRESS if status in BAD_ADDRESS else Kind.US


def _status(text: bytes) -> tuple[int, int] | None:
    found = ENHANCED.match(text)
    return (int(found[2]), int(found[3])) if found else None


def _words(code: int, text: bytes) -> str:
    return shortened(f"{code} {text.decode(errors='replace')}")
