"""Rewards: what she claimed and paid with points, and how often she may."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty.models import PointsPayment, RewardClaim

# Each slot of the loser becomes a free one of the winner: together they have claimed as often as before. A hold of the
# loser was given up with her account.
MERGE = (
    """
    WITH hers AS (
        SELECT id, reward_id, row_number() OVER (PARTITION BY reward_id ORDER BY slot) AS place
        FROM loyalty_rewarduse WHERE customer_id = %(loser)s
    ), last AS (
        SELECT reward_id, max(slot) AS slot FROM loyalty_rewarduse WHERE customer_id = %(winner)s GROUP BY reward_id
    )
    UPDATE loyalty_rewarduse u SET customer_id = %(winner)s, slot = coalesce(last.slot, 0) + hers.place
    FROM hers LEFT JOIN last ON last.reward_id = hers.reward_id WHERE u.id = hers.id
    """,
    "UPDATE loyalty_rewardclaim SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
    """
    UPDATE loyalty_pointspayment SET customer_id = %(winner)s,
        ended_at = CASE WHEN state = 'held' THEN %(at)s ELSE ended_at END,
        state = CASE WHEN state = 'held' THEN 'released' ELSE state END
    WHERE customer_id = %(loser)s
    """,
)


@personal_data.register
class OfRewards(PersonalData):
    """Erasing leaves nothing to do: a claim describes nobody once she is forgotten. It runs after points, whose merge
    holds both accounts."""

    key = "rewards"
    order = 32

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        return together(
            tables(
                "reward_claims",
                _("Claimed rewards"),
                RewardClaim.objects.filter(customer__in=customer_ids).order_by("at", "pk"),
                {"at": None, "reward__name": _("reward"), "points": None, "state": None},
            ),
            tables(
                "points_payments",
                _("Payments with points"),
                PointsPayment.objects.filter(customer__in=customer_ids).order_by("at", "pk"),
                {
                    "at": None,
                    "points": None,
                    "given_back": None,
                    "amount": None,
                    "currency": None,
                    "state": None,
                },
            ),
        )

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(MERGE), {"loser": loser.pk, "winner": winner.pk, "at": at})

    def counts(self, customer: Customer) -> Sequence[Count]:
        claims = RewardClaim.objects.filter(customer=customer).count()
        return [Count(_("Claimed rewards"), claims, _("passed on"))]
