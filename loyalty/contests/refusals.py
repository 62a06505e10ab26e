"""Why something about a contest cannot be done, and how to mend it, in a sentence."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SENTENCES: dict[str, "StrPromise"] = {
    "started": _("The contest has started: its rules stay as they are."),
    "no_prize": _("There is no prize yet. Add one."),
    "no_text": _("The conditions are missing in %(language)s. Write them."),
    "past": _("The last day of the contest has gone by. Choose a later one."),
    "coupon": _(
        "“%(coupon)s” cannot be redeemed when the winners are drawn: it is switched off, used up or over by then. "
        "Choose another coupon, or mend it."
    ),
    "pool": _("The pool of “%(coupon)s” has %(missing)s codes too few. Have more made, then try again."),
    "not_closed": _("The contest can be drawn when its last day is over."),
    "sweeping": _("The last entries are still being counted. Try again in a minute."),
    "nobody": _("Nobody who could win has taken part, so there is nothing to draw."),
    "nobody_left": _("There is nobody left who could win in her place."),
    "replaced": _("This winner was replaced already."),
    "claimed": _("This prize was claimed already."),
    "not_open": _("The contest is not running."),
    "taken_part": _("Somebody has taken part already: draw the winners when its last day is over."),
    "not_hers": _("This contest is for others."),
    "limit": _("That was the last entry that the rules allow."),
    "day_limit": _("That was the last entry for today."),
    "points": _("There are not enough points for an entry."),
}


class Refused(Refusal):
    sentences = SENTENCES
