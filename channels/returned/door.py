"""Where mails that came back are taken in, whoever brings them: kept word for word first, then heard."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from channels import forgeries, webhooks
from channels.models import ProviderReport
from channels.returned import reading
from channels.returned.reading import REPORTS, Kind


class Kept(NamedTuple):
    """What each mail is, in their order; and the reports among them, which wait to be heard."""

    kinds: list[Kind]
    reports: list[ProviderReport]


@transaction.atomic
def keep(mails: Sequence[bytes], at: datetime, account_id: int | None = None) -> Kept:
    """Keep the reports on mails of ours, the same one once, and count the forged ones. Of all others nothing stays.
    What is not heard afterwards, the sweep hears (`webhooks.sweep`)."""
    whole = [mail[: reading.LARGEST] for mail in mails]
    kinds = [reading.read(mail).kind for mail in whole]
    reports = [mail for mail, kind in zip(whole, kinds, strict=True) if kind in REPORTS]
    for _n in range(kinds.count(Kind.FORGED)):
        forgeries.count("smtp", at, account_id)
    return Kept(kinds, webhooks.keep_mails(reports))


def hear(kept: Kept, at: datetime) -> None:
    for report in kept.reports:
        webhooks.hear(report, at)
