"""Sentences that several pages of the till say."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.till.lookups import TooMany


def wait(many: TooMany) -> str:
    if many.daily:
        return _("You have looked up more today than a till does in a day. Go on in %s min.") % many.minutes
    return (
        ngettext(
            "Too much was tried that nobody knows. Wait %d minute.",
            "Too much was tried that nobody knows. Wait %d minutes.",
            many.minutes,
        )
        % many.minutes
    )
