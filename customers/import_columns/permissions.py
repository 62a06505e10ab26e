"""May we write, may we track. Stated to channels like everywhere else, with origin import: there a no is recorded, and
a yes only with its proof, so that an import without proofs can only narrow consent."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from customers import permissions
from customers.imports import values
from customers.imports.columns import GIVEN_AT, PROOF, Batch, ImportColumn, import_columns
from customers.imports.faults import LineRefused
from customers.imports.options import Options
from customers.models import ImportJob

PEOPLE = (ImportJob.Kind.CUSTOMERS, ImportJob.Kind.CONTACTS)
YES = {
    *(
        "yes",
        "y",
        "true",
        "1",
        "ja",
        "j",
        "wahr",
        "x",
        "subscribed",
        "opt-in",
        "optin",
        "opted-in",
        "granted",
    ),
    *("active", "confirmed", "erteilt", "angemeldet", "bestätigt", "aktiv", "abonniert"),
}
NO = {
    *(
        "no",
        "n",
        "false",
        "0",
        "nein",
        "falsch",
        "unsubscribed",
        "opt-out",
        "optout",
        "opted-out",
        "withdrawn",
    ),
    *("inactive", "cleaned", "abgemeldet", "widerrufen", "inaktiv", "gesperrt"),
}
SHORTEST, LONGEST = 8, 500
FUTURE = datetime.max.replace(tzinfo=UTC)  # a proof of the future is judged with the others, as no proof


class Permission(ImportColumn):
    """A column that says yes or no to a purpose on a channel, for all topics."""

    kinds = PEOPLE
    channel = "email"
    purpose: str

    def parse(self, text: str, options: Options) -> bool:
        word = text.casefold().replace(" ", "-")
        if word not in YES | NO:
            raise LineRefused("permission", self.key, text)
        return word in YES

    def write(self, batch: Batch) -> None:
        people = Counter(line for _customer, _granted, line in batch.rows)
        refusals = [self._stated(batch, *row) for row in batch.rows if not row[1]]
        grants = [self._stated(batch, *row) for row in batch.rows if row[1] and people[row[2]] == 1]
        count(batch, "recorded", permissions.state(refusals, batch.at, batch.origin))
        count(batch, "granted", permissions.state(grants, batch.at, batch.origin))
        shared = sum(granted and people[line] > 1 for _customer, granted, line in batch.rows)
        batch.counts["permissions_shared"] = shared

    def _stated(self, batch: Batch, customer_id: int, granted: bool, line: int) -> permissions.Stated:
        evidence: dict[str, Any] = {"source": batch.source, "file": batch.file_name, "line": line}
        given_at = batch.beside.get(GIVEN_AT, {}).get(line)
        proof = batch.beside.get(PROOF, {}).get(line)
        if not (granted and proof and given_at and given_at <= batch.at):
            given_at = batch.at
        else:
            evidence |= {"proof": proof, "given_at": given_at.isoformat()}
        return permissions.Stated(
            customer_id=customer_id,
            channel=self.channel,
            granted=granted,
            stated_at=given_at,
            purpose=self.purpose,
            evidence=evidence,
        )


def count(batch: Batch, recorded: str, fates: Counter[str]) -> None:
    for fate, number in fates.items():
        name = f"permissions_{recorded if fate == 'recorded' else fate}"
        batch.counts[name] = batch.counts.get(name, 0) + number


class Beside(ImportColumn):
    """A column that says something of the others: it is kept with them."""

    kinds = PEOPLE

    def write(self, batch: Batch) -> None:
        return


@import_columns.register
class EmailPermission(Permission):
    key = "permission_email"
    label = _("May be written to by e-mail")
    words = (
        "newsletter optin emailoptin consent marketing acceptsmarketing subscribed einwilligung werbeeinwilligung "
        "werbung newslettererlaubt"
    )
    purpose = "sending"


@import_columns.register
class TrackingPermission(Permission):
    key = "permission_tracking"
    label = _("Clicks may be evaluated")
    words = "tracking trackingconsent trackingeinwilligung"
    purpose = "tracking"


@import_columns.register
class Proof(Beside):
    """When, where and how she agreed, in words. Never guessed from a header: that a text proves something is said by a
    person."""

    key = PROOF
    label = _("Proof of the consent")

    def parse(self, text: str, options: Options) -> str | None:
        if len(text) > LONGEST:
            raise LineRefused("too_long", self.key, text)
        bare = text.casefold() in YES | NO or len(text) < SHORTEST
        return None if bare else text


@import_columns.register
class GivenAt(Beside):
    key = GIVEN_AT
    label = _("Day of the consent")
    words = (
        "consentdate consentat optindate optinat optintime confirmedat subscribedat einwilligungsdatum "
        "datumdereinwilligung einwilligungam anmeldedatum angemeldetam bestätigtam"
    )
    is_moment = True

    def parse(self, text: str, options: Options) -> datetime:
        return values.moment(self.key, options.day_first, ZoneInfo(options.zone), FUTURE)(text)
