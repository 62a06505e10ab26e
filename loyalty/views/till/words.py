"""Sentences that several pages of the till say."""

from django.utils.translation import ngettext

from loyalty.till.lookups import TooMany


def wait(many: TooMany) -> str:
    return (
        ngettext(
            "Too much was tried that nobody knows. Wait %d minute, or have the customer found by her name.",
            "Too much was tried that nobody knows. Wait %d minutes, or have the customer found by her name.",
            many.minutes,
        )
        % many.minutes
    )
