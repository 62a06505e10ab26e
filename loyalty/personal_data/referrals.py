"""Referrals: whom she has recommended, by whom she came, and her code."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty.models import BroughtLink, Referral, ReferralCode

State, Reason = Referral.State, Referral.Reason
OPEN = (State.CLAIMED, State.QUALIFIED)
# Who recommended herself under two names gets nothing for it: what was given is taken back by the next sweep. Of two
# referrals by which she came the winner's counts; the loser's stays where it was given, and ends where it was not.
MERGE = (
    """
    UPDATE loyalty_referralcode SET customer_id = %(winner)s WHERE customer_id = %(loser)s
        AND NOT EXISTS (SELECT FROM loyalty_referralcode c WHERE c.customer_id = %(winner)s)
    """,
    """
    UPDATE loyalty_referral SET reason = 'same',
        state = CASE WHEN state = 'rewarded' THEN 'returned' ELSE 'missed' END
    WHERE state IN ('claimed', 'qualified', 'rewarded')
      AND (referrer_id, recommended_id) IN ((%(loser)s, %(winner)s), (%(winner)s, %(loser)s))
    """,
    """
    UPDATE loyalty_referral SET state = 'missed', reason = 'gone'
    WHERE recommended_id = %(loser)s AND state IN ('claimed', 'qualified')
      AND EXISTS (SELECT FROM loyalty_referral w WHERE w.recommended_id = %(winner)s)
    """,
    """
    UPDATE loyalty_referral SET recommended_id = %(winner)s
    WHERE recommended_id = %(loser)s AND referrer_id <> %(winner)s
      AND NOT EXISTS (SELECT FROM loyalty_referral w WHERE w.recommended_id = %(winner)s)
    """,
    """
    UPDATE loyalty_referral SET referrer_id = %(winner)s
    WHERE referrer_id = %(loser)s AND recommended_id <> %(winner)s
    """,
    """
    UPDATE loyalty_broughtlink b SET customer_id = %(winner)s WHERE customer_id = %(loser)s
        AND NOT EXISTS (SELECT FROM loyalty_broughtlink w WHERE w.customer_id = %(winner)s AND w.code = b.code)
    """,
    "DELETE FROM loyalty_broughtlink WHERE customer_id = %(loser)s",
)


@personal_data.register
class OfReferrals(PersonalData):
    """It runs after points, whose merge holds both accounts."""

    key = "referrals"
    order = 34

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        """Without who the other one is: that is hers to tell."""
        rows = Referral.objects.order_by("claimed_at", "pk")
        told = {"claimed_at": None, "state": None, "rewarded_at": None}
        return together(
            tables(
                "referral_code",
                _("Referral code"),
                ReferralCode.objects.filter(customer__in=customer_ids).order_by("pk"),
                {"text": None, "at": None},
            ),
            tables(
                "referrals_made",
                _("Customers she recommended"),
                rows.filter(referrer__in=customer_ids),
                told,
                "referrer_id",
            ),
            tables(
                "recommended",
                _("Recommended by somebody"),
                rows.filter(recommended__in=customer_ids),
                told | {"source": None},
                "recommended_id",
            ),
            tables(
                "referral_links",
                _("Referral links she opened that did not count"),
                BroughtLink.objects.filter(customer__in=customer_ids).order_by("pk"),
                {"opened_at": None, "refusal": None},
            ),
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """What was given stays, so that the books still add up; what waits is never given, and her code leads to
        nobody."""
        hers = Q(referrer__in=customer_ids) | Q(recommended__in=customer_ids)
        ended = Referral.objects.filter(hers, state__in=OPEN).update(state=State.MISSED, reason=Reason.GONE)
        hers_of_old = ReferralCode.objects.filter(customer__in=customer_ids)
        links = Q(customer__in=customer_ids) | Q(code__in=hers_of_old.values("text"))
        BroughtLink.objects.filter(links).delete()
        codes = hers_of_old.delete()[0]
        return +Counter({"referrals": ended, "referral_codes": codes})

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(MERGE), {"loser": loser.pk, "winner": winner.pk})

    def counts(self, customer: Customer) -> Sequence[Count]:
        hers = Referral.objects.filter(Q(referrer=customer) | Q(recommended=customer))
        return [Count(_("Referrals"), hers.count(), _("passed on"))]
