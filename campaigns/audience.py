"""Whom a campaign is for: the segment's rule without the exclusions', as it stands or as it was frozen."""

from datetime import datetime
from typing import Any

from campaigns.models import Campaign
from customers.segments import compiler, counting, tree
from customers.segments.compiler import Compiled


def rule(campaign: Campaign) -> dict[str, Any]:
    """`{"rule", "exclusions"}`: what an Occurrence keeps, with the rules of the segments that they use written out.

    Without a segment the rule is none at all.
    """
    exclusions = campaign.exclusions.order_by("pk")
    return {
        "rule": tree.standalone(campaign.segment.rule) if campaign.segment else None,
        "exclusions": [tree.standalone(segment.rule) for segment in exclusions],
    }


def compiled(frozen: dict[str, Any], at: datetime) -> Compiled:
    """The people of `rule()`; `at` is the moment that windows such as "in the last 30 days" end."""
    return compiler.audience(frozen["rule"], frozen["exclusions"], at)


def count(frozen: dict[str, Any], at: datetime) -> int:
    """All of them, however long it takes: what a threshold is held against must not be an estimate."""
    return counting.count(compiled(frozen, at))
