"""Contests and private sales: entries, prizes, and what she may enter."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty import corrections
from loyalty.models import AccessGrant, Contest, ContestEntry, ContestFact, ContestWinner, Entry, SaleDeed

# Until a draw, the loser's entries follow the winner's as far as the rules allow one person; what is beyond them, and
# what both have, is nobody's any more, and its points are given back. A drawn contest stays as it was drawn from.
COMPARE = (
    "UPDATE loyalty_contestfact SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
    """
    CREATE TEMPORARY TABLE merged_entry ON COMMIT DROP AS
    WITH either AS (
        SELECT e.id, e.contest_id, e.customer_id, e.at, e.day, e.source, e.reference, c.per_day, c.per_customer,
               e.customer_id = %(winner)s AS own
        FROM loyalty_contestentry e JOIN loyalty_contest c ON c.id = e.contest_id AND c.state IN ('open', 'closed')
        WHERE e.customer_id IN (%(winner)s, %(loser)s)
    ), once AS (
        SELECT DISTINCT ON (contest_id, source, reference) * FROM either
        ORDER BY contest_id, source, reference, own DESC
    ), of_day AS (
        SELECT *, row_number() OVER (PARTITION BY contest_id, day ORDER BY own DESC, at, id) AS day_slot FROM once
    )
    SELECT *, row_number() OVER (PARTITION BY contest_id ORDER BY own DESC, at, id) AS slot
    FROM of_day WHERE day_slot <= per_day
    """,
)
DROP = """
    DELETE FROM loyalty_contestentry e USING loyalty_contest c
    WHERE c.id = e.contest_id AND c.state IN ('open', 'closed') AND e.customer_id = %(loser)s
      AND NOT EXISTS (SELECT FROM merged_entry m WHERE m.id = e.id AND m.slot <= m.per_customer)
    RETURNING e.paid_id
"""
PASS_ON = (
    """
    UPDATE loyalty_contestentry e SET customer_id = %(winner)s, slot = m.slot, day_slot = m.day_slot
    FROM merged_entry m WHERE m.id = e.id AND m.customer_id = %(loser)s
    """,
    "DROP TABLE merged_entry",
    "UPDATE loyalty_contestwinner SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
    # Of two grants of a sale one stays, with the earlier times; of two places taken one is free again.
    """
    UPDATE loyalty_sale s SET admitted = s.admitted - 1
    FROM loyalty_accessgrant l JOIN loyalty_accessgrant w ON w.sale_id = l.sale_id
    WHERE l.customer_id = %(loser)s AND w.customer_id = %(winner)s AND l.sale_id = s.id
      AND l.admitted_at IS NOT NULL AND w.admitted_at IS NOT NULL
    """,
    """
    UPDATE loyalty_accessgrant w SET opens_at = least(w.opens_at, l.opens_at), seen_at = least(w.seen_at, l.seen_at),
        admitted_at = least(w.admitted_at, l.admitted_at), bought_at = least(w.bought_at, l.bought_at),
        order_id = coalesce(w.order_id, l.order_id)
    FROM loyalty_accessgrant l
    WHERE l.customer_id = %(loser)s AND w.customer_id = %(winner)s AND l.sale_id = w.sale_id
    """,
    """
    DELETE FROM loyalty_accessgrant l USING loyalty_accessgrant w
    WHERE l.customer_id = %(loser)s AND w.customer_id = %(winner)s AND l.sale_id = w.sale_id
    """,
    "UPDATE loyalty_accessgrant SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
    "UPDATE loyalty_saledeed SET customer_id = %(winner)s WHERE customer_id = %(loser)s",
)


@personal_data.register
class OfPlays(PersonalData):
    key = "plays"
    order = 33

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        entries = ContestEntry.objects.filter(customer__in=customer_ids).order_by("at", "pk")
        won = ContestWinner.objects.filter(customer__in=customer_ids).order_by("at", "pk")
        grants = AccessGrant.objects.filter(customer__in=customer_ids).order_by("opens_at", "pk")
        return together(
            tables(
                "contest_entries",
                _("Entries in contests"),
                entries,
                {"contest__name": _("contest"), "at": None, "source": None},
            ),
            tables(
                "contest_prizes",
                _("Prizes"),
                won,
                {"contest__name": _("contest"), "prize__name": _("prize"), "at": None, "state": None},
            ),
            tables(
                "private_sales",
                _("Private sales"),
                grants,
                {"sale__name": _("private sale"), "opens_at": None, "admitted_at": None, "bought_at": None},
            ),
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """What was drawn stays, without saying whose it was. A place in a sale stays taken, and names nobody now."""
        ids = list(customer_ids)
        hers = ContestEntry.objects.filter(customer__in=ids)
        waiting = hers.exclude(contest__state=Contest.State.DRAWN)
        deeds = SaleDeed.objects.filter(customer_id__in=ids).delete()[0]
        facts = ContestFact.objects.filter(customer_id__in=ids).delete()[0]
        return Counter(
            {
                "contest_entries": waiting.delete()[0] + hers.update(customer=None) + facts,
                "contest_prizes": ContestWinner.objects.filter(customer__in=ids).update(customer=None),
                "private_sales": deeds
                + AccessGrant.objects.filter(customer__in=ids, admitted_at=None).delete()[0],
            }
        )

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        params = {"loser": loser.pk, "winner": winner.pk}
        with connection.cursor() as cursor:
            cursor.execute("; ".join(COMPARE), params)
            cursor.execute(DROP, params)
            paid = [pk for (pk,) in cursor.fetchall() if pk]
            cursor.execute("; ".join(PASS_ON), params)
        for spend in Entry.objects.filter(pk__in=paid).select_related("program").order_by("pk"):
            corrections.reverse(spend.program, spend.pk, at, owner_id=winner.pk)

    def counts(self, customer: Customer) -> Sequence[Count]:
        entries = ContestEntry.objects.filter(customer=customer, contest__state__in=["open", "closed"])
        grants = AccessGrant.objects.filter(customer=customer)
        return [
            Count(_("Entries in contests"), entries.count(), _("passed on, as far as the rules allow")),
            Count(_("Access to private sales"), grants.count(), _("passed on")),
        ]
