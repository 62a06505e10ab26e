"""Any provider that django-anymail knows: many mails a call where the provider takes that (batches.py), else one call
per mail over a kept session.

An answer of 5xx without `Retry-After`, and a connection that broke after the request was written, may hide a mail
that was taken over: unknown, never sent again by itself.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, cast

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailError,
    AnymailRecipientsRefused,
)
from django import forms
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, InvalidURL, MissingSchema, SSLError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from channels.backends import addressing, guarded, mime, replies
from channels.backends.base import (
    BUDGET,
    METADATA,
    UNSENT,
    Backend,
    Call,
    Connection,
    Kind,
    Outcome,
    Outcomes,
    backends,
    secret,
    shortened,
)
from channels.backends.batches import BatchConnection, mail_batches
from channels.models import Account
from config import http

# What each provider calls its key, where it is not `api_key`.
SECRETS = {
    "mailersend": "api_token",
    "mailjet": "secret_key",
    "mailtrap": "api_token",
    "postmark": "server_token",
    "scaleway": "secret_key",
}
# What some cannot do without, besides.
NEEDED = {
    "mailjet": "api_key",
    "postal": "api_url",
    "scaleway": "project_id",
    "unisender_go": "api_url",
}
# Providers that keep nothing with a mail.
FORGETFUL = {"postal", "mailersend", "scaleway", "console"}
# Mailjet makes its own, and refuses every mail that brings one (error send-0011).
NAMES_MAILS_ITSELF = {"mailjet"}
TIMEOUT = 14


class AnymailConnection:
    def __init__(self, backend: Any, *, metadata: bool = True, message_id: bool = True) -> None:
        self.backend = backend
        self.metadata = metadata
        self.message_id = message_id

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        deadline = monotonic() + BUDGET
        outcomes: Outcomes = {}
        self.backend.open()
        for call in calls:
            outcomes[call.id] = UNSENT if outcomes and monotonic() > deadline else self._one(call)
        return outcomes

    def _one(self, call: Call) -> Outcome:
        mail = message_of(call)
        if self.metadata:
            # So that a mail of which no answer came can be known by its report.
            mail.metadata = {METADATA: addressing.reference(call)}  # type: ignore[attr-defined]
        if not self.message_id:
            del mail.extra_headers["Message-ID"]
        try:
            self.backend.send_messages([mail])
        except AnymailRecipientsRefused:
            pass  # the status says who and why
        except AnymailAPIError as error:
            return self.refusal(error)
        except (AnymailError, ImproperlyConfigured, ValueError) as error:
            return Outcome(Kind.US, detail=shortened(error))
        return of_status(mail.anymail_status)  # type: ignore[attr-defined]

    def refusal(self, error: AnymailAPIError) -> Outcome:
        return of_error(error)

    def close(self) -> None:
        self.backend.close()


def message_of(call: Call) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=mime.clean(call.subject),
        body=call.text,
        from_email=mime.mailbox(call.sender_name, call.sender_email).replace("\r\n", ""),
        to=[mime.wire_address(call.recipient)],
        reply_to=[mime.wire_address(call.reply_to)] if call.reply_to else None,
        headers=addressing.headers(call),
    )
    mail.attach_alternative(call.html, "text/html")
    return mail


def of_status(status: Any) -> Outcome:
    """The provider's word about the one recipient."""
    words = {each.status for each in status.recipients.values()}
    provider_id = str(next((each.message_id for each in status.recipients.values()), "") or "")[:120]
    if words <= {"sent", "queued"} and words:
        return Outcome(Kind.ACCEPTED, provider_id)
    kind = Kind.US if words <= {"failed", "invalid", "rejected"} else Kind.UNKNOWN
    if words and words <= {"invalid", "rejected"}:
        kind = Kind.ADDRESS
    return Outcome(kind, provider_id, shortened(f"{status.esp_response!r} {sorted(map(str, words))}"))


def of_error(error: AnymailAPIError) -> Outcome:
    status = getattr(error, "status_code", None)
    if status is None:
        if isinstance(error.__cause__, InvalidURL | MissingSchema):
            return Outcome(Kind.US, detail=shortened(error.__cause__))
        return Outcome(Kind.LINE if never_connected(error) else Kind.UNKNOWN, detail=shortened(error))
    if error.response is None:
        return replies.of_http(status, "", error)
    if (status < 300 or status >= 500) and replies.says_no(error.response.content):
        return Outcome(Kind.US, detail=shortened(error))
    return replies.of_http(status, error.response.headers.get("Retry-After", ""), error)


def never_connected(error: AnymailAPIError) -> bool:
    """Whether the request cannot have been written: no name, no connection, no TLS."""
    cause = error.__cause__
    if isinstance(cause, ConnectTimeout | SSLError):
        return True
    reason = cause.args[0] if isinstance(cause, RequestsConnectionError) and cause.args else None
    return isinstance(reason, MaxRetryError) and isinstance(
        reason.reason, NewConnectionError | ConnectTimeoutError
    )


SES = "amazon_ses"  # by a library of its own (boto3)
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d", re.ASCII)
TOPIC = re.compile(rf"arn:aws[a-z-]*:sns:{REGION.pattern}:\d{{12}}:[A-Za-z0-9_-]{{1,256}}", re.ASCII)
ESPS = {
    SES: "Amazon SES",
    "brevo": "Brevo",
    "mailersend": "MailerSend",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "mailtrap": "Mailtrap",
    "mandrill": "Mandrill",
    "postal": "Postal",
    "postmark": "Postmark",
    "resend": "Resend",
    "scaleway": "Scaleway",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
    "unisender_go": "Unisender Go",
}


def only_names(value: Any) -> None:
    if not isinstance(value, dict):
        raise forms.ValidationError(_("Begin with { and end with }: names with their values."))


class AnymailForm(forms.Form):
    esp = forms.ChoiceField(label=_("Service"), choices=list(ESPS.items()))
    options = forms.JSONField(
        label=_("Further options"),
        required=False,
        validators=[only_names],
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            'As django-anymail names them, in JSON, such as {"sender_domain": "mg.shop.example"} of Mailgun.'
            ' {"batch": false} gives each mail a call of its own, also where the service takes many in one.'
        ),
        error_messages={"invalid": _("This is not JSON. Look for missing quotation marks and commas.")},
    )
    topic = forms.CharField(
        label=_("Amazon SNS topic"),
        required=False,
        max_length=400,
        help_text=_(
            "The ARN of the Amazon SNS topic, such as arn:aws:sns:eu-central-1:123456789012:mails. Name it here before"
            " you subscribe: the subscription is then confirmed by itself. Reports of other topics are turned away."
        ),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )


def may_be_called(url: Any) -> bool:
    """A name that nobody knows just now may be known when it is called; it is looked at once more then."""
    try:
        http.check(str(url))
    except http.Forbidden:
        return False
    except http.NotSent:
        pass
    return True


def _topic_complaints(topic: str, esp: str) -> Iterator[tuple[str, Any]]:
    if topic and esp != SES:
        yield "topic", _("Only Amazon SES reports by a topic; leave it empty for other services.")
    elif topic and not TOPIC.fullmatch(topic):
        yield "topic", _("Copy the whole ARN: arn:aws:sns:, region, account of twelve digits, and name.")


@backends.register
class Anymail(Backend):
    """Settings: esp (a module of anymail.backends, such as postmark), options (that backend's own, and `batch`: false
    makes one call per mail, also where the provider takes many), timeout, topic (the one of Amazon SNS that reports).

    The account's secret is the provider's key; `secret` names the option if it is an unusual one.
    """

    key = "anymail"
    label = _("Provider by HTTP (django-anymail)")
    help = _("Postmark, Mailgun, Brevo, Resend, SendGrid and others by their own interface.")
    icon = "rocket"
    Form = AnymailForm

    def complaints(self, given: Mapping[str, Any], channel: str) -> Iterator[tuple[str, Any]]:
        options = given.get("options") or {}
        needed = NEEDED.get(given.get("esp", ""))
        if needed and needed not in options:
            yield "options", _('This service also needs "%(name)s".') % {"name": needed}
        region = str(options.get("region", ""))
        if given.get("esp") == SES and region and not REGION.fullmatch(region):
            yield "options", _('"region" must be one of Amazon\'s, such as eu-central-1.')
        yield from _topic_complaints(given.get("topic", ""), given.get("esp", ""))
        if "api_url" in options and not may_be_called(options["api_url"]):
            yield (
                "options",
                _(
                    '"api_url" must be an https address of the public internet. A server of your own network has to'
                    " be named in OUTGOING_HOSTS first."
                ),
            )

    def connect(self, account: Account) -> Connection:
        esp = str(account.settings.get("esp", ""))
        if not esp.isidentifier():
            raise ValueError(f"Account {account.pk} needs the name of a provider in its setting `esp`.")
        options: dict[str, Any] = {"timeout": TIMEOUT} | dict(account.settings.get("options", {}))
        together = options.pop("batch", True)
        name = account.settings.get("secret", SECRETS.get(esp, "api_key"))
        if esp != SES and (key := secret(account)):
            options[name] = key
        try:
            if esp == SES:
                return cast(Connection, import_string("channels.amazon_ses.connect")(account, options))
            backend = import_string(f"anymail.backends.{esp}.EmailBackend")(**options)
            guarded.guard(backend)
            batch = mail_batches.get(esp)
            # Options that a batch would not mind are left to django-anymail, which sends single mails.
            if batch and together and options.keys() <= batch.options:
                return BatchConnection(batch, backend)
            return AnymailConnection(
                backend, metadata=esp not in FORGETFUL, message_id=esp not in NAMES_MAILS_ITSELF
            )
        except (ImportError, TypeError, AnymailConfigurationError, ImproperlyConfigured) as error:
            raise ValueError(f"Account {account.pk}: {shortened(error)}") from error
