"""Mail services that take many mails in one call, on loopback. Each checks what it is sent as the real one does; its
own log, `mails`, is the truth: what each person would have been sent, whatever was answered.

The local part of an address decides: `nobody` is an address that the service refuses, `poison` a mail that it refuses
for its content. Of a whole call: `busy`, `maintenance` (come later), `down`, `cut-before` (nothing is taken over),
`after` and `cut-after` (everything is taken over, and the answer says otherwise or stays away), `credits` (the account
may not send).
"""

import base64
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

LATER: dict[str, tuple[Any, ...]] = {
    "busy": (429, {"message": "slow down"}, {"Retry-After": "7"}),
    "maintenance": (503, {"message": "maintenance"}, {"Retry-After": "60"}),
    "down": (500, {"message": "an error occurred"}),
}


class Refused(Exception):
    """What the service answers instead of taking the call: status, body."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "MailService"

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls += 1
        time.sleep(self.server.delay)
        if self.path != self.server.path:
            return self.answer(404, {"message": "no such place"})
        if len(data) > self.server.largest:
            return self.answer(413, {"message": "payload too large"})
        if not self.server.knows(self.headers) or not self.server.signed(self.headers, self.path, data):
            return self.answer(*self.server.unauthorised)
        mails = self.server.read(self.server.parse(data, self.headers))
        self.server.sizes.append(len(mails))
        locals_ = {mail["To"].partition("@")[0] for mail in mails}
        for word, answer in self.server.later.items():
            if word in locals_:
                return self.answer(*answer)
        if "cut-before" in locals_:
            return self.cut()
        try:
            answer = self.server.take(mails)
        except Refused as refusal:
            return self.answer(*refusal.args)
        if "cut-after" in locals_:
            return self.cut()
        return self.answer(500, {"message": "timed out"}) if "after" in locals_ else self.answer(*answer)

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        pass


class MailService(ThreadingHTTPServer):
    """`read` gives the mails of a call as dicts with From, To, Subject, ReplyTo, Text, Html, Headers, Reference and
    Name, and raises (500 by the server: a test's fault) for what the service would not understand."""

    daemon_threads = True
    esp: ClassVar[str]
    path: ClassVar[str]
    base: ClassVar[str] = "/"
    most: ClassVar[int]
    options: ClassVar[dict[str, str]] = {}
    unauthorised: ClassVar[tuple[Any, ...]] = (401, {"message": "unauthorized"})
    later: ClassVar[dict[str, tuple[Any, ...]]] = LATER

    def __init__(self, delay: float = 0, largest: int = 100_000_000) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.mails: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.calls = 0
        self.delay = delay
        self.largest = largest

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.base}"

    def knows(self, headers: Any) -> bool:
        raise NotImplementedError

    def signed(self, headers: Any, path: str, data: bytes) -> bool:
        """Where the key is not sent along."""
        return True

    def parse(self, data: bytes, headers: Any) -> Any:
        return json.loads(data)

    def read(self, body: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        """Log what is taken; the answer. Raises Refused when nothing is."""
        raise NotImplementedError

    def keep(self, mail: dict[str, Any]) -> str:
        self.mails.append(mail)
        return f"name-{len(self.mails)}"

    def __enter__(self) -> "MailService":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


def local(mail: dict[str, Any]) -> str:
    return str(mail["To"]).partition("@")[0]


def plain(address: str) -> str:
    """A service that reads lists of addresses must have been given one only."""
    assert address.count("@") == 1, address
    assert not set(address) & set(" ,;<>"), address
    return address


class Postmark(MailService):
    esp, path, most = "postmark", "/email/batch", 500
    unauthorised = (401, {"ErrorCode": 10, "Message": "Bad or missing Server API token."})

    def knows(self, headers: Any) -> bool:
        return bool(headers["X-Postmark-Server-Token"] == "right")

    def read(self, body: Any) -> list[dict[str, Any]]:
        assert 0 < len(body) <= self.most
        return [
            {
                "From": mail["From"],
                "To": plain(mail["To"]),
                "Subject": mail["Subject"],
                "ReplyTo": mail.get("ReplyTo", ""),
                "Text": mail["TextBody"],
                "Html": mail["HtmlBody"],
                "Headers": {each["Name"]: each["Value"] for each in mail["Headers"]},
                "Reference": mail["Metadata"]["delivery"],
            }
            for mail in body
        ]

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        return 200, [self._one(mail) for mail in mails]

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        match local(mail):
            case "nobody":
                words = f"Found inactive addresses: {mail['To']}. Inactive recipients are ones that"
                return {"ErrorCode": 406, "Message": words}
            case "poison":
                return {"ErrorCode": 300, "Message": "Invalid metadata content."}
            case "credits":
                return {"ErrorCode": 405, "Message": "Not allowed to send: you ran out of credits."}
        return {"ErrorCode": 0, "Message": "OK", "MessageID": self.keep(mail), "To": mail["To"]}


class Resend(MailService):
    esp, path, most = "resend", "/emails/batch", 100
    unauthorised = (403, {"statusCode": 403, "name": "invalid_api_key", "message": "API key is invalid"})

    def knows(self, headers: Any) -> bool:
        self.permissive = headers["x-batch-validation"] == "permissive"
        return bool(headers["Authorization"] == "Bearer right")

    def read(self, body: Any) -> list[dict[str, Any]]:
        assert 0 < len(body) <= self.most
        return [self._read(mail) for mail in body]

    def _read(self, mail: dict[str, Any]) -> dict[str, Any]:
        [to] = mail["to"]
        headers = dict(mail["headers"])
        return {
            "From": mail["from"],
            "To": plain(to),
            "Subject": mail["subject"],
            "ReplyTo": "".join(mail.get("reply_to", [])),
            "Text": mail["text"],
            "Html": mail["html"],
            "Reference": json.loads(headers.pop("X-Metadata"))["delivery"],
            "Headers": headers,
        }

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        if any(local(mail) == "credits" for mail in mails):
            raise Refused(403, {"name": "validation_error", "message": "The domain is not verified."})
        words = {"nobody": "Invalid `to` field.", "poison": "Invalid `headers` field."}
        errors = [
            {"index": n, "message": words[local(each)]}
            for n, each in enumerate(mails)
            if local(each) in words
        ]
        if errors and not self.permissive:
            raise Refused(422, {"name": "validation_error", "message": errors[0]["message"]})
        names = [{"id": self.keep(mail)} for mail in mails if local(mail) not in words]
        return 200, {"data": names, "errors": errors}


class Brevo(MailService):
    esp, path, base, most = "brevo", "/v3/smtp/email", "/v3/", 1000
    unauthorised = (401, {"code": "unauthorized", "message": "Key not found"})

    def knows(self, headers: Any) -> bool:
        return bool(headers["api-key"] == "right")

    def read(self, body: Any) -> list[dict[str, Any]]:
        versions = body["messageVersions"]
        assert 0 < len(versions) <= self.most
        assert body["subject"]
        assert body["htmlContent"]
        sender = body["sender"]
        return [self._read(version, sender) for version in versions]

    def _read(self, version: dict[str, Any], sender: dict[str, str]) -> dict[str, Any]:
        [to] = version["to"]
        headers = dict(version["headers"])
        assert all(value.isascii() for value in headers.values())
        return {
            "From": (sender["name"], sender["email"]),
            "To": plain(to["email"]),
            "Subject": version["subject"],
            "ReplyTo": version.get("replyTo", {}).get("email", ""),
            "Text": version.get("textContent", ""),
            "Html": version["htmlContent"],
            "Reference": json.loads(headers.pop("X-Mailin-custom"))["delivery"],
            "Headers": headers,
        }

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        found = {local(mail) for mail in mails}
        if "credits" in found:
            raise Refused(402, {"code": "not_enough_credits", "message": "Not enough credits"})
        if "nobody" in found:
            raise Refused(400, {"code": "invalid_parameter", "message": "email is not valid in to"})
        if "poison" in found:
            raise Refused(400, {"code": "invalid_parameter", "message": "htmlContent is not valid"})
        addresses = [mail["To"] for mail in mails]
        assert len(set(addresses)) == len(addresses)
        return 201, {"messageIds": [self.keep(mail) for mail in mails]}


class Mailjet(MailService):
    esp, path, base, most = "mailjet", "/v3.1/send", "/v3.1/", 50
    options: ClassVar[dict[str, str]] = {"api_key": "public"}
    unauthorised = (401, {"ErrorIdentifier": "x", "StatusCode": 401, "ErrorMessage": "Unauthorized"})

    def knows(self, headers: Any) -> bool:
        kind, _space, code = headers["Authorization"].partition(" ")
        return kind == "Basic" and base64.b64decode(code) == b"public:right"

    def read(self, body: Any) -> list[dict[str, Any]]:
        mails = body["Messages"]
        assert 0 < len(mails) <= self.most
        return [self._read(mail) for mail in mails]

    def _read(self, mail: dict[str, Any]) -> dict[str, Any]:
        [to] = mail["To"]
        return {
            "From": (mail["From"]["Name"], mail["From"]["Email"]),
            "To": plain(to["Email"]),
            "Subject": mail["Subject"],
            "ReplyTo": mail.get("ReplyTo", {}).get("Email", ""),
            "Text": mail.get("TextPart", ""),
            "Html": mail["HTMLPart"],
            "Headers": mail["Headers"],
            "Reference": json.loads(mail["EventPayload"])["delivery"],
        }

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        answers = [self._one(mail) for mail in mails]
        wrong = [each["Errors"][0]["StatusCode"] for each in answers if each["Status"] == "error"]
        return (max(wrong) if wrong else 200), {"Messages": answers}

    def _one(self, mail: dict[str, Any]) -> dict[str, Any]:
        if "Message-ID" in mail["Headers"]:
            return self._error(400, "send-0011", "Header cannot be customized", 'Headers["Message-ID"]')
        match local(mail):
            case "nobody":
                return self._error(
                    400, "mj-0013", f'"{mail["To"]}" is an invalid email address.', "To[0].Email"
                )
            case "poison":
                return self._error(400, "mj-0004", "Type mismatch.", "HTMLPart")
            case "credits":
                return self._error(403, "mj-0001", "The account may not send.", "From")
        to = {"Email": mail["To"], "MessageID": self.keep(mail), "MessageUUID": "u"}
        return {"Status": "success", "CustomID": "", "To": [to], "Cc": [], "Bcc": []}

    def _error(self, status: int, code: str, words: str, field: str) -> dict[str, Any]:
        error = {"ErrorCode": code, "StatusCode": status, "ErrorMessage": words, "ErrorRelatedTo": [field]}
        return {"Status": "error", "Errors": [error]}


class SendGrid(MailService):
    esp, path, base, most = "sendgrid", "/v3/mail/send", "/v3/", 1000
    unauthorised = (401, {"errors": [{"message": "authorization grant is invalid", "field": None}]})

    def knows(self, headers: Any) -> bool:
        return bool(headers["Authorization"] == "Bearer right")

    def read(self, body: Any) -> list[dict[str, Any]]:
        people = body["personalizations"]
        assert 0 < len(people) <= self.most
        assert [each["type"] for each in body["content"]] in (["text/plain", "text/html"], ["text/html"])
        assert all(each["value"] for each in body["content"])
        return [self._read(person, body) for person in people]

    def _read(self, person: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        [to] = person["to"]
        substitutions = person.get("substitutions", {})
        size = sum(len(f"{name}{value}".encode()) for name, value in substitutions.items())
        assert size <= 50_000, size
        parts = {each["type"]: each["value"] for each in body["content"]}
        for name, value in substitutions.items():
            parts = {kind: text.replace(name, value) for kind, text in parts.items()}
        return {
            "From": (body["from"].get("name", ""), body["from"]["email"]),
            "To": plain(to["email"]),
            "Subject": person["subject"],
            "ReplyTo": "".join(each["email"] for each in body.get("reply_to_list", [])),
            "Text": parts.get("text/plain", ""),
            "Html": parts["text/html"],
            "Headers": person["headers"],
            "Reference": person["custom_args"]["delivery"],
        }

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        addresses = [mail["To"].lower() for mail in mails]
        assert len(set(addresses)) == len(addresses)
        found = {local(mail): n for n, mail in enumerate(mails)}
        if "credits" in found:
            raise Refused(401, {"errors": [{"message": "Maximum credits exceeded", "field": None}]})
        for word, field in (("nobody", "to.0.email"), ("poison", "headers")):
            if word in found:
                where = f"personalizations.{found[word]}.{field}"
                raise Refused(
                    400, {"errors": [{"message": "Does not contain a valid value.", "field": where}]}
                )
        for mail in mails:
            self.keep(mail)
        return 202, None


SERVICES: dict[str, type[MailService]] = {
    each.esp: each for each in (Postmark, Resend, Brevo, Mailjet, SendGrid)
}
