"""Two customers who are one: which tier she has."""

from datetime import datetime, timedelta

from loyalty import tiers
from loyalty.models import Account, Tier, TierDirty, TierPeriod

Reached = TierPeriod.Reached


def pass_on(loser: Account, winner: Account, at: datetime) -> None:
    """The better tier stays: nobody loses by a second record of hers. Both accounts are held.

    Of two equal ones the later end counts. Points of both count together from now on (loyalty/tier_statements.py), so
    the winner is looked at again and may rise. The loser's account has no tier any more.
    """
    hers, kept = _current(loser), _current(winner)
    if hers is not None and hers.tier is not None:
        tiers.write([_following(hers, loser, at, lost=True)], at)
        if _is_better(hers, kept):
            tiers.write([_following(hers, winner, at, after=kept)], at)
    if Tier.objects.filter(program=winner.program_id, active=True).exists():
        TierDirty.objects.create(account=winner, at=at)


def _current(account: Account) -> TierPeriod | None:
    return TierPeriod.objects.filter(account=account, current=True).select_related("tier").first()


def _is_better(hers: TierPeriod, kept: TierPeriod | None) -> bool:
    if hers.tier is None or kept is None or kept.tier is None or hers.holds_until is None:
        return hers.tier is not None
    if hers.tier.threshold != kept.tier.threshold:
        return hers.tier.threshold > kept.tier.threshold
    return kept.holds_until is not None and hers.holds_until > kept.holds_until


def _following(
    hers: TierPeriod, account: Account, at: datetime, *, lost: bool = False, after: TierPeriod | None = None
) -> TierPeriod:
    """The row that follows the account's current one; what the tier was reached by goes with it."""
    last = hers if lost else after
    start = max(at, last.valid_from + timedelta(microseconds=1)) if last else at
    return TierPeriod(
        account=account,
        tier=None if lost else hers.tier,
        valid_from=start,
        holds_until=None if lost else hers.holds_until,
        reached=Reached.MERGED,
        points=0 if lost else hers.points,
        needed=0,
        counted_from=hers.counted_from,
        counted_until=hers.counted_until,
        counted=[] if lost else hers.counted,
    )
