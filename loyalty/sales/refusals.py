"""Why something about a private sale cannot be done, and how to mend it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from loyalty.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

SENTENCES: dict[str, "StrPromise"] = {
    "started": _("The sale has started: its waves stay as they are."),
    "no_wave": _("Nobody may enter yet. Add a wave."),
    "past": _("The end of the sale has gone by. Choose a later one."),
    "nothing": _("Nothing is sold yet. Name a section of the shop, article numbers or categories."),
    "not_open": _("The sale is not running."),
}


class Refused(Refusal):
    sentences = SENTENCES
