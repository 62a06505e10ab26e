"""May we write, may we track. Stated to channels like everywhere else, with origin import: there a no is
recorded and a yes ignored, so that an import can only narrow consent."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers import permissions
from customers.imports.columns import Batch, ImportColumn, import_columns
from customers.imports.faults import LineRefused

YES = {"yes", "y", "true", "1", "ja", "j", "wahr", "x", "subscribed", "opt-in", "optin", "granted", "erteilt"}
NO = {
    "no",
    "n",
    "false",
    "0",
    "nein",
    "falsch",
    "unsubscribed",
    "opt-out",
    "optout",
    "withdrawn",
    "abgemeldet",
}


class Permission(ImportColumn):
    """A column that says yes or no to a purpose on a channel, for all topics."""

    channel = "email"
    purpose: str

    def parse(self, text: str, options: Any) -> bool:
        word = text.casefold()
        if word not in YES | NO:
            raise LineRefused("permission", self.key, text)
        return word in YES

    def write(self, batch: Batch) -> None:
        stated = [
            permissions.Stated(
                customer_id=customer_id,
                channel=self.channel,
                granted=granted,
                stated_at=batch.at,
                purpose=self.purpose,
                evidence={"source": batch.source, "file": batch.file_name, "line": line},
            )
            for customer_id, granted, line in batch.rows
        ]
        for fate, count in permissions.state(stated, batch.at, batch.origin).items():
            batch.counts[f"permissions_{fate}"] = count


@import_columns.register
class EmailPermission(Permission):
    key = "permission_email"
    label = _("May be written to by e-mail")
    words = "newsletter optin emailoptin consent marketing acceptsmarketing einwilligung werbeeinwilligung werbung"
    purpose = "sending"


@import_columns.register
class TrackingPermission(Permission):
    key = "permission_tracking"
    label = _("May be tracked")
    words = "tracking trackingconsent trackingeinwilligung"
    purpose = "tracking"
