"""Sentences that several pages of the till say."""

from django.utils.translation import ngettext

from loyalty.till.lookups import TooMany


def wait(many: TooMany) -> str:
    return (
        ngettext(
            "Too much was tried that nobody knows. Wait %d minute.",
            "Too much was tried that nobody knows. Wait %d minutes.",
            many.minutes,
        )
        % many.minutes
    )
