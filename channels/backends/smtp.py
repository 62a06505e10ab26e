"""SMTP over some kept connections, used in turns: one has its turn while the server does the others' mails."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.backends.base import UNSENT, Backend, Call, Connection, Outcomes, backends, secret
from channels.backends.smtp_line import Line, Options, Slice
from channels.models import Account
from config.forms import needed

SECURITY = ("none", "starttls", "tls")
LINES, MOST_LINES = 4, 20
TLS_PORT, STARTTLS_PORT = 465, 587
# A name or an address (IPv6 in colons), and nothing around it.
HOST = re.compile(r"[\w.:-]*\w")
# Before the + of a return path; our name for the mail takes the rest of the 64 that a server must take (RFC 5321).
LONGEST_LOCAL = 26
IMAPS_PORT, IMAP_PORT = 993, 143
# How long a line stays closed that could not be opened beside another, in seconds.
LIMITED = 60


class SmtpConnection:
    def __init__(self, options: Options, lines: int) -> None:
        self.lines = [Line(options) for _ in range(lines)]
        self.limited_until = 0.0

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        work = Slice(calls, at)
        try:
            in_turns([line.send(work) for line in self._usable()])
        except BaseException:
            self.close()  # answers that nobody has read would be taken for those to the next mails
            raise
        if work.failure and work.outcomes:
            self.limited_until = monotonic() + LIMITED
        left = work.failure if work.failure and work.goes_on() else UNSENT
        return {call.id: work.outcomes.get(call.id, left) for call in calls}

    def _usable(self) -> list[Line]:
        """All of them, but a server that lets in no more than it has is not asked all the time."""
        limited = monotonic() < self.limited_until
        return [line for line in self.lines if line.smtp or not limited] or self.lines[:1]

    def close(self) -> None:
        for line in self.lines:
            line.close()


def in_turns(runs: Sequence[Iterator[None]]) -> None:
    """Each goes on to where it waits, until all have ended."""
    going = list(runs)
    while going:
        going = [run for run in going if next(run, ENDED) is not ENDED]


ENDED = object()


class SmtpForm(forms.Form):
    host = forms.CharField(
        label=_("Server"),
        max_length=200,
        error_messages={"required": _("Which server takes the mails? SMTP needs its name.")},
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("starttls", _("STARTTLS (usual, port 587)")),
            ("tls", _("TLS from the start (port 465)")),
            ("none", _("none (only inside one's own network)")),
        ],
        required=False,
    )
    username = forms.CharField(label=_("User name"), max_length=200, required=False)
    connections = forms.IntegerField(
        label=_("Connections at once"),
        min_value=1,
        max_value=MOST_LINES,
        required=False,
        widget=forms.NumberInput({"placeholder": LINES}),
        help_text=_(
            "1 to 20, for each process that sends; empty: 4. More are faster to a server far away; some allow few."
        ),
    )

    bounce_address = forms.EmailField(
        label=_("Bounce address"),
        max_length=200,
        required=False,
        help_text=_(
            "Where bounces and spam complaints come to, such as bounces@news.example.org. Its server must "
            "also deliver bounces+anything@news.example.org to that mailbox. Marketing mails name it in "
            "CFBL-Address, which mailboxes heed if your server signs that header too (DKIM), for the same domain. "
            "Empty: bounces go to the sender."
        ),
    )
    imap_host = forms.CharField(
        label=_("Bounce mailbox: server"),
        max_length=200,
        required=False,
        help_text=_(
            "Read by IMAP each minute. Reports on our mails are kept here and removed there; everything else "
            "stays. Empty: somebody else hands them over (manage.py bounces)."
        ),
    )
    imap_port = forms.IntegerField(
        label=_("Bounce mailbox: port"), min_value=1, max_value=65535, required=False
    )
    imap_security = forms.ChoiceField(
        label=_("Bounce mailbox: encryption"),
        choices=[
            ("tls", _("TLS from the start (port 993)")),
            ("starttls", _("STARTTLS (port 143)")),
            ("none", _("none (only inside one's own network)")),
        ],
        required=False,
    )
    imap_username = forms.CharField(
        label=_("Bounce mailbox: user name"),
        max_length=200,
        required=False,
        help_text=_("Its password comes from the environment: ACCOUNT_…_BOUNCES_PASSWORD."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed(self, "security")

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"]
        if not HOST.fullmatch(host):
            raise forms.ValidationError(_("Only the server's name, such as smtp.example.org."))
        return host

    def clean_bounce_address(self) -> str:
        address: str = self.cleaned_data["bounce_address"]
        local = address.rpartition("@")[0]
        if len(local) > LONGEST_LOCAL or not local.isascii():
            raise forms.ValidationError(
                _("At most 26 plain letters, digits and signs before the @: each mail adds its own name.")
            )
        return address

    def clean_imap_host(self) -> str:
        host: str = self.cleaned_data["imap_host"]
        if host and not HOST.fullmatch(host):
            raise forms.ValidationError(_("Only the server's name, such as imap.example.org."))
        return host

    def clean(self) -> None:
        self._refuse_other_encryption("", TLS_PORT, STARTTLS_PORT)
        if self.cleaned_data.get("imap_host"):
            self._look_at_mailbox()
        elif "imap_host" in self.cleaned_data:
            # Chosen by itself as long as there is no mailbox.
            self.cleaned_data["imap_security"] = ""

    def _look_at_mailbox(self) -> None:
        given = self.cleaned_data
        if not given.get("bounce_address") and "bounce_address" not in self.errors:
            self.add_error("bounce_address", _("Which address is the mailbox for?"))
        if not given.get("imap_username"):
            self.add_error("imap_username", _("As whom is the mailbox opened? Enter its user name."))
        self._refuse_other_encryption("imap_", IMAPS_PORT, IMAP_PORT)

    def _refuse_other_encryption(self, of: str, tls: int, starttls: int) -> None:
        """Than goes with the port."""
        port, security = self.cleaned_data.get(f"{of}port"), self.cleaned_data.get(f"{of}security")
        sentence = None
        if port == tls and security == "starttls":
            sentence = _("At port %(port)s a connection is encrypted from the start: choose TLS.")
        if port == starttls and security == "tls":
            sentence = _("At port %(port)s a connection begins in plain text: choose STARTTLS.")
        if sentence:
            self.add_error(f"{of}security", sentence % {"port": port})


@backends.register
class Smtp(Backend):
    """Settings: host, port, security (none, starttls, tls), username, connections, timeout in seconds;
    bounce_address, and the mailbox that is read: imap_host, imap_port, imap_security, imap_username."""

    key = "smtp"
    help = _("Your own mail server, or any provider that takes mails by SMTP.")
    icon = "mail"
    Form = SmtpForm
    label = _("SMTP server")

    def connect(self, account: Account) -> Connection:
        given = account.settings
        security = given.get("security", "starttls")
        if security not in SECURITY or not given.get("host"):
            raise ValueError(
                f"Account {account.pk} needs a host, and a security out of {', '.join(SECURITY)}."
            )
        lines = int(given.get("connections") or LINES)
        if not 1 <= lines <= MOST_LINES:
            raise ValueError(f"Account {account.pk} needs 1 to {MOST_LINES} connections.")
        options = Options(
            host=given["host"],
            port=int(given.get("port", TLS_PORT if security == "tls" else STARTTLS_PORT)),
            security=security,
            username=given.get("username", ""),
            password=secret(account),
            timeout=float(given.get("timeout", 14)),
        )
        return SmtpConnection(options, lines)
