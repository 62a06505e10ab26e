"""May we write, may we track: an import passes on every no and no yes, so that it can only narrow consent."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from customers import signals
from customers.imports.columns import Batch, ImportColumn, import_columns
from customers.imports.faults import LineRefused
from customers.models import Customer

YES = {"yes", "y", "true", "1", "ja", "j", "wahr", "x", "subscribed", "opt-in", "optin", "granted", "erteilt"}
NO = {"no", "n", "false", "0", "nein", "falsch", "unsubscribed", "opt-out", "optout", "withdrawn", "abgemeldet"}


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
        refusals = [(customer_id, line) for customer_id, granted, line in batch.rows if not granted]
        batch.counts["permissions_narrowed"] = len(refusals)
        batch.counts["permissions_ignored"] = len(batch.rows) - len(refusals)
        if not refusals:
            return
        statements = [self._statement(customer_id, line, batch) for customer_id, line in refusals]
        ids = sorted({customer_id for customer_id, _line in refusals})
        signals.permissions_stated.send(
            Customer, ids=ids, at=batch.at, origin=batch.origin, statements=statements
        )

    def _statement(self, customer_id: int, line: int, batch: Batch) -> dict[str, Any]:
        return {
            "customer": customer_id,
            "channel": self.channel,
            "topic": None,
            "purpose": self.purpose,
            "granted": False,
            "evidence": {"source": batch.source, "file": batch.file_name, "line": line},
        }


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
