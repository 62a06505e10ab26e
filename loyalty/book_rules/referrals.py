from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

GIVEN = "('rewarded', 'returned', 'taken_back')"
REFERRALS = [
    Invariant(
        "referral_rewards",
        _("Each rewarded referral has what its rules say for either side, and no other has anything"),
        f"""SELECT 'referral', r.id, CASE WHEN r.state IN {GIVEN} THEN 2 ELSE 0 END,
            num_nonnulls(r.giver_entry_id, r.giver_code_id, r.welcome_entry_id, r.welcome_code_id)
        FROM loyalty_referral r JOIN loyalty_referralterms t ON t.id = r.terms_id
        LEFT JOIN loyalty_entry g ON g.id = r.giver_entry_id LEFT JOIN loyalty_entry w ON w.id = r.welcome_entry_id
        LEFT JOIN loyalty_couponcode gc ON gc.id = r.giver_code_id
        LEFT JOIN loyalty_couponcode wc ON wc.id = r.welcome_code_id
        WHERE CASE WHEN r.state IN {GIVEN} THEN
                (g.points, gc.coupon_id, w.points, wc.coupon_id) IS DISTINCT FROM
                (t.giver_points, t.giver_coupon_id, t.welcome_points, t.welcome_coupon_id)
            ELSE num_nonnulls(r.giver_entry_id, r.giver_code_id, r.welcome_entry_id, r.welcome_code_id) > 0 END""",  # noqa: S608  (states of our own)
    ),
    Invariant(
        "referral_bookings",
        _("Nothing was given for a referral that does not know of it"),
        """SELECT * FROM (
            SELECT 'entry', e.id, NULL::bigint, e.points FROM loyalty_entry e
            WHERE e.source = 'referral' AND e.kind = 'earn' AND NOT EXISTS (
                SELECT FROM loyalty_referral r WHERE e.id IN (r.giver_entry_id, r.welcome_entry_id))
            UNION ALL
            SELECT 'code', k.id, NULL, NULL FROM loyalty_couponcode k
            WHERE k.issue LIKE 'referral-%%' AND NOT EXISTS (
                SELECT FROM loyalty_referral r WHERE k.id IN (r.giver_code_id, r.welcome_code_id))
        ) AS wrong""",
    ),
    Invariant(
        "referral_taken_back",
        _("What was given for a referral is taken back as a whole, or not at all"),
        """SELECT 'referral', r.id, CASE WHEN r.state = 'taken_back' THEN e.points ELSE 0 END,
            (e.points - coalesce(b.points, 0))::bigint
        FROM loyalty_referral r JOIN loyalty_entry e ON e.id IN (r.giver_entry_id, r.welcome_entry_id)
        LEFT JOIN LATERAL (SELECT sum(points) + e.points AS points FROM loyalty_entry WHERE reverses_id = e.id) b
            ON true
        WHERE coalesce(b.points, e.points) <> CASE WHEN r.state = 'taken_back' THEN 0 ELSE e.points END""",
    ),
    Invariant(
        "referral_swept",
        _("Referrals were rewarded when their return window had ended"),
        """SELECT 'referral', id, 0, 1 FROM loyalty_referral
        WHERE state = 'qualified' AND reason <> 'pool' AND ready_at < %(late)s""",
    ),
]
