from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats
from config.pages.parts import Text
from customers.models import Customer
from loyalty import tiers
from loyalty.tiers import Rank
from loyalty.till_facts.base import TillFact, till_facts


@till_facts.register
class Tier(TillFact):
    """Her tier with its last day, and how far it is to the next; by programme, where she has tiers in several."""

    key = "tier"
    order = 10

    def show(self, customer: Customer, at: datetime) -> list[tuple[Text, str]]:
        found = tiers.ranks([customer.pk], at).get(customer.pk, [])
        return [line for rank in found for line in _lines(rank, len(found) > 1)]


def _lines(rank: Rank, several: bool) -> list[tuple[Text, str]]:
    lines: list[tuple[Text, str]] = []
    if rank.tier:
        label = _("Tier in %s") % rank.program if several else _("Tier")
        lines.append((label, _with_end(rank)))
    if rank.next and rank.missing:
        points = ngettext("%s point", "%s points", rank.missing) % formats.number(rank.missing)
        lines.append((_("Missing to %(tier)s") % {"tier": rank.next}, points))
    return lines


def _with_end(rank: Rank) -> str:
    if rank.last_day is None:
        return rank.tier
    return _("%(tier)s, until %(day)s") % {"tier": rank.tier, "day": formats.day(rank.last_day)}
