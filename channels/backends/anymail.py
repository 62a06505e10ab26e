"""Any provider that django-anymail knows, one call per mail over a kept session.

An answer of 5xx without `Retry-After`, and a connection that broke after the request was written, may hide a mail
that was taken over: unknown, never sent again by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from time import monotonic
from typing import Any

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
from requests.exceptions import ConnectTimeout, SSLError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from channels.backends import mime
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
from channels.models import Account

# What each provider calls its key, where it is not `api_key`.
SECRETS = {"mailersend": "api_token", "mailjet": "secret_key", "postmark": "server_token"}
# What some cannot do without, besides.
NEEDED = {"mailjet": "api_key", "postal": "api_url"}
# Providers that keep nothing with a mail.
FORGETFUL = {"postal", "mailersend", "console"}
OURS = {400, 401, 402, 403, 404, 405, 413, 415, 422}
TIMEOUT = 14


class AnymailConnection:
    def __init__(self, backend: Any, *, metadata: bool = True) -> None:
        self.backend = backend
        self.metadata = metadata

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
            mail.metadata = {METADATA: call.message_id.strip("<>").rpartition("@")[0]}  # type: ignore[attr-defined]
        try:
            self.backend.send_messages([mail])
        except AnymailRecipientsRefused:
            pass  # the status says who and why
        except AnymailAPIError as error:
            return of_error(error)
        except (AnymailError, ImproperlyConfigured, ValueError) as error:
            return Outcome(Kind.US, detail=shortened(error))
        return of_status(mail.anymail_status)  # type: ignore[attr-defined]

    def close(self) -> None:
        self.backend.close()


def message_of(call: Call) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=mime.clean(call.subject),
        body=call.text,
        from_email=mime.mailbox(call.sender_name, call.sender_email).replace("\r\n", ""),
        to=[mime.wire_address(call.recipient)],
        reply_to=[mime.wire_address(call.reply_to)] if call.reply_to else None,
        headers={name: mime.clean(value) for name, value in call.headers.items()}
        | {"Message-ID": mime.clean(call.message_id)},
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
    detail = shortened(error)
    if status is None:
        return Outcome(Kind.LINE if never_connected(error) else Kind.UNKNOWN, detail=detail)
    after = retry_after(error)
    if status in (408, 429) or (status == 503 and after is not None):
        return Outcome(Kind.LINE, detail=detail, retry_after=after)
    return Outcome(Kind.US if status in OURS else Kind.UNKNOWN, detail=detail)


def never_connected(error: AnymailAPIError) -> bool:
    """Whether the request cannot have been written: no name, no connection, no TLS."""
    cause = error.__cause__
    if isinstance(cause, ConnectTimeout | SSLError):
        return True
    reason = cause.args[0] if isinstance(cause, RequestsConnectionError) and cause.args else None
    return isinstance(reason, MaxRetryError) and isinstance(
        reason.reason, NewConnectionError | ConnectTimeoutError
    )


def retry_after(error: AnymailAPIError) -> float | None:
    value = error.response.headers.get("Retry-After", "") if error.response is not None else ""
    return min(float(value), 3600.0) if value.isdigit() else None


# Amazon SES needs a library of its own (boto3).
ESPS = {
    **({"amazon_ses": "Amazon SES"} if find_spec("boto3") else {}),
    "brevo": "Brevo",
    "mailersend": "MailerSend",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "mandrill": "Mandrill",
    "postal": "Postal",
    "postmark": "Postmark",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
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
        ),
        error_messages={"invalid": _("This is not JSON. Look for missing quotation marks and commas.")},
    )


@backends.register
class Anymail(Backend):
    """Settings: esp (a module of anymail.backends, such as postmark), options (that backend's own), timeout.

    The account's secret is the provider's key; `secret` names the option if it is an unusual one.
    """

    key = "anymail"
    label = _("Provider by HTTP (django-anymail)")
    help = _("Postmark, Mailgun, Brevo, Resend, SendGrid and others by their own interface.")
    icon = "rocket"
    Form = AnymailForm

    def complaints(self, given: Mapping[str, Any], channel: str) -> Iterator[tuple[str, Any]]:
        needed = NEEDED.get(given.get("esp", ""))
        if needed and needed not in (given.get("options") or {}):
            yield "options", _('This service also needs "%(name)s".') % {"name": needed}

    def connect(self, account: Account) -> Connection:
        esp = str(account.settings.get("esp", ""))
        if not esp.isidentifier():
            raise ValueError(f"Account {account.pk} needs the name of a provider in its setting `esp`.")
        options: dict[str, Any] = {"timeout": TIMEOUT} | dict(account.settings.get("options", {}))
        name = account.settings.get("secret", SECRETS.get(esp, "api_key"))
        if key := secret(account):
            options[name] = key
        try:
            backend = import_string(f"anymail.backends.{esp}.EmailBackend")(**options)
            return AnymailConnection(backend, metadata=esp not in FORGETFUL)
        except (ImportError, TypeError, AnymailConfigurationError, ImproperlyConfigured) as error:
            raise ValueError(f"Account {account.pk}: {shortened(error)}") from error
