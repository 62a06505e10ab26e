"""Mail services that take one mail a call, on loopback, after the manner of `mail_services`, whose words for addresses
hold here too."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
from typing import Any, ClassVar
from urllib.parse import parse_qs

from channels.backends.base import Kind
from tests.servers.mail_services import LATER, MailService, Refused, local, plain


class Single(MailService):
    """`refused` is what becomes of a mail to an address that the service refuses."""

    most = 1
    refused: ClassVar[Kind] = Kind.ADDRESS

    def read(self, body: Any) -> list[dict[str, Any]]:
        return [self.mail(body)]

    def mail(self, body: Any) -> dict[str, Any]:
        raise NotImplementedError

    def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
        [mail] = mails
        if local(mail) == "nobody":
            return self.refuse(mail)
        return self.accept(mail, self.keep(mail))

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        raise NotImplementedError

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        raise NotImplementedError


class Mailgun(Single):
    """By forms. An address that is none is a fault of the call for it, and for us."""

    esp, path, base, refused = "mailgun", "/v3/linden.example/messages", "/v3/", Kind.US
    unauthorised = (401, {"message": "Invalid private key"})

    def knows(self, headers: Any) -> bool:
        return bool(headers["Authorization"] == "Basic " + base64.b64encode(b"api:right").decode())

    def parse(self, data: bytes, headers: Any) -> Any:
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        return {name: value for name, [value] in parse_qs(data.decode(), keep_blank_values=True).items()}

    def mail(self, body: Any) -> dict[str, Any]:
        headers = {name[2:]: value for name, value in body.items() if name.startswith("h:")}
        return {
            "From": body["from"],
            "To": plain(body["to"]),
            "Subject": body["subject"],
            "ReplyTo": headers.pop("Reply-To", ""),
            "Text": body["text"],
            "Html": body["html"],
            "Headers": headers,
            "Reference": body["v:delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"id": f"<{name}@linden.example>", "message": "Queued. Thank you."}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        return 400, {"message": "to parameter is not a valid address. please check documentation"}


class SparkPost(Single):
    esp, path, base = "sparkpost", "/api/v1/transmissions/", "/api/v1/"
    unauthorised = (401, {"errors": [{"message": "Unauthorized."}]})

    def knows(self, headers: Any) -> bool:
        return bool(headers["Authorization"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        [person], content = body["recipients"], body["content"]
        return {
            "From": content["from"],
            "To": plain(person["address"]["email"]),
            "Subject": content["subject"],
            "ReplyTo": content.get("reply_to", ""),
            "Text": content["text"],
            "Html": content["html"],
            "Headers": content["headers"],
            "Reference": body["metadata"]["delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, _totals(name, accepted=1)

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        return 200, _totals("none", accepted=0)


def _totals(name: str, accepted: int) -> dict[str, Any]:
    totals = {"total_accepted_recipients": accepted, "total_rejected_recipients": 1 - accepted}
    return {"results": totals | {"id": name}}


class Mandrill(Single):
    """Whatever it refuses as a whole it refuses by 500."""

    esp, path, base = "mandrill", "/api/1.0/messages/send.json", "/api/1.0/"
    unauthorised = (500, {"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"})

    def knows(self, headers: Any) -> bool:
        return True

    def signed(self, headers: Any, path: str, data: bytes) -> bool:
        return bool(json.loads(data)["key"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        mail = body["message"]
        [to], headers = mail["to"], dict(mail["headers"])
        return {
            "From": (mail["from_name"], mail["from_email"]),
            "To": plain(to["email"]),
            "Subject": mail["subject"],
            "ReplyTo": headers.pop("Reply-To", ""),
            "Text": mail["text"],
            "Html": mail["html"],
            "Headers": headers,
            "Reference": mail["metadata"]["delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, [{"email": mail["To"], "status": "sent", "reject_reason": None, "_id": name}]

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        return 200, [{"email": mail["To"], "status": "rejected", "reject_reason": "hard-bounce", "_id": "x"}]


class MailerSend(Single):
    esp, path, base = "mailersend", "/v1/email", "/v1/"
    unauthorised = (401, {"message": "Unauthenticated."})

    def knows(self, headers: Any) -> bool:
        return bool(headers["Authorization"] == "Bearer right")

    def mail(self, body: Any) -> dict[str, Any]:
        [to] = body["to"]
        return {
            "From": (body["from"]["name"], body["from"]["email"]),
            "To": plain(to["email"]),
            "Subject": body["subject"],
            "ReplyTo": body.get("reply_to", {}).get("email", ""),
            "Text": body["text"],
            "Html": body["html"],
            "Headers": {each["name"]: each["value"] for each in body["headers"]},
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 202, None, {"X-Message-Id": name, "Content-Type": "text/html"}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        people = [{"email": mail["To"], "name": "", "reasons": ["hard_bounced"]}]
        words = "All of the recipients have been suppressed."
        return 202, {"message": words, "warnings": [{"type": "ALL_SUPPRESSED", "recipients": people}]}


class Postal(Single):
    """Whatever it refuses it refuses by 200."""

    esp, path, refused = "postal", "/api/v1/send/message", Kind.US
    unauthorised = (200, {"status": "error", "time": 0.1, "data": {"code": "InvalidServerAPIKey"}})

    def knows(self, headers: Any) -> bool:
        return bool(headers["X-Server-API-Key"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        [to] = body["to"]
        return {
            "From": body["from"],
            "To": plain(to),
            "Subject": body["subject"],
            "ReplyTo": body.get("reply_to", ""),
            "Text": body["plain_body"],
            "Html": body["html_body"],
            "Headers": body["headers"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"status": "success", "data": {"messages": {mail["To"]: {"id": name, "token": "t"}}}}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        data = {"code": "ValidationError", "message": "The address is not valid"}
        return 200, {"status": "parameter-error", "data": data}


class Mailtrap(Single):
    esp, path, base, refused = "mailtrap", "/api/send", "/api/", Kind.US
    unauthorised = (401, {"errors": ["Unauthorized"]})

    def knows(self, headers: Any) -> bool:
        return bool(headers["Api-Token"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        [to] = body["to"]
        return {
            "From": (body["from"]["name"], body["from"]["email"]),
            "To": plain(to["email"]),
            "Subject": body["subject"],
            "ReplyTo": body.get("reply_to", {}).get("email", ""),
            "Text": body["text"],
            "Html": body["html"],
            "Headers": body["headers"],
            "Reference": body["custom_variables"]["delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"success": True, "message_ids": [name]}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        return 400, {"errors": ["'to' address is invalid"]}


class Scaleway(Single):
    esp, refused = "scaleway", Kind.US
    path, base = (
        "/transactional-email/v1alpha1/regions/fr-par/emails",
        "/transactional-email/v1alpha1/regions/fr-par/",
    )
    options: ClassVar[dict[str, str]] = {"project_id": "linden"}
    unauthorised = (401, {"message": "authentication is denied", "type": "denied_authentication"})

    def knows(self, headers: Any) -> bool:
        return bool(headers["X-Auth-Token"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        assert body["project_id"] == "linden"
        [to] = body["to"]
        headers = {each["key"]: each["value"] for each in body["additional_headers"]}
        return {
            "From": (body["from"]["name"], body["from"]["email"]),
            "To": plain(to["email"]),
            "Subject": body["subject"],
            "ReplyTo": headers.pop("Reply-To", ""),
            "Text": body["text"],
            "Html": body["html"],
            "Headers": headers,
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"emails": [{"id": name, "mail_rcpt": mail["To"], "status": "new"}]}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        return 400, {"message": "invalid argument(s)", "details": [{"argument_name": "to"}]}


class UnisenderGo(Single):
    esp, path, base = "unisender_go", "/ru/transactional/api/v1/email/send.json", "/ru/transactional/api/v1/"
    unauthorised = (401, {"status": "error", "message": "Can not decode key", "code": 102})

    def knows(self, headers: Any) -> bool:
        return bool(headers["X-API-KEY"] == "right")

    def mail(self, body: Any) -> dict[str, Any]:
        mail = body["message"]
        [person], headers = mail["recipients"], dict(mail["headers"])
        assert headers.pop("to") == person["email"]
        return {
            "From": (mail["from_name"], mail["from_email"]),
            "To": plain(person["email"]),
            "Subject": mail["subject"],
            "ReplyTo": mail.get("reply_to", ""),
            "Text": mail["body"]["plaintext"],
            "Html": mail["body"]["html"],
            "Headers": headers,
            "Reference": mail["global_metadata"]["delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"status": "success", "job_id": name, "emails": [mail["To"]]}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        failed = {mail["To"]: "permanent_unavailable"}
        return 200, {"status": "success", "job_id": "x", "emails": [], "failed_emails": failed}


def _amazon(status: int, kind: str, words: str, **headers: str) -> tuple[Any, ...]:
    return status, {"message": words}, {"x-amzn-ErrorType": kind, **headers}


class AmazonSes(Single):
    """SES v2. It reckons the signature of each call itself, from what has arrived."""

    esp, path = "amazon_ses", "/v2/email/outbound-emails"
    options: ClassVar[dict[str, str]] = {"region": "eu-central-1", "access_key_id": "AKIDLINDEN"}
    unauthorised = _amazon(403, "InvalidSignatureException", "The request signature does not match.")
    later: ClassVar[dict[str, tuple[Any, ...]]] = LATER | {
        "busy": _amazon(
            429, "TooManyRequestsException", "Maximum sending rate exceeded.", **{"Retry-After": "7"}
        ),
        "throttled": _amazon(400, "ThrottlingException", "Rate exceeded"),
        "suspended": _amazon(400, "AccountSuspendedException", "The account is suspended."),
        "poison": _amazon(400, "MessageRejected", "Email address is not verified."),
    }

    def knows(self, headers: Any) -> bool:
        return "Credential=AKIDLINDEN/" in headers["Authorization"]

    def signed(self, headers: Any, path: str, data: bytes) -> bool:
        said = dict(
            part.strip().split("=", 1) for part in headers["Authorization"].split(" ", 1)[1].split(",")
        )
        scope, names = said["Credential"].partition("/")[2], said["SignedHeaders"]
        lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names.split(";"))
        asked = f"POST\n{path}\n\n{lines}\n{names}\n{hashlib.sha256(data).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{headers['X-Amz-Date']}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        assert scope.split("/")[1:] == ["eu-central-1", "ses", "aws4_request"]
        key = b"AWS4right"
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex() == said["Signature"]

    def mail(self, body: Any) -> dict[str, Any]:
        [to] = body["Destination"]["ToAddresses"]
        raw = base64.b64decode(body["Content"]["Raw"]["Data"])
        mail: Any = email.message_from_bytes(raw, policy=email.policy.default)
        shown = {"From", "To", "Subject", "Reply-To", "X-Metadata", "MIME-Version", "Content-Type"}
        return {
            "From": str(mail["From"]),
            "To": plain(to),
            "Subject": str(mail["Subject"]).lstrip(),  # a long one begins in a line of its own
            "ReplyTo": str(mail["Reply-To"] or ""),
            "Text": mail.get_body(("plain",)).get_content(),
            "Html": mail.get_body(("html",)).get_content(),
            "Headers": {name: str(value) for name, value in mail.items() if name not in shown},
            "Reference": json.loads(mail["X-Metadata"])["delivery"],
        }

    def accept(self, mail: dict[str, Any], name: str) -> tuple[Any, ...]:
        return 200, {"MessageId": name}

    def refuse(self, mail: dict[str, Any]) -> tuple[Any, ...]:
        raise Refused(*_amazon(400, "BadRequestException", "Local address contains control or whitespace"))


SINGLES: dict[str, type[Single]] = {
    each.esp: each
    for each in (
        *(AmazonSes, Mailgun, SparkPost, Mandrill, MailerSend, Postal),
        *(Mailtrap, Scaleway, UnisenderGo),
    )
}
