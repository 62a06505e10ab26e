from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

GOODWILL = [
    Invariant(
        "allowance_used",
        _("Each allowance is what was given from it and did not come back, and not above its limit"),
        """SELECT 'allowance', a.id, coalesce(g.money, 0)::bigint, a.money FROM loyalty_allowance a
        LEFT JOIN (SELECT i.allowance_id, count(*) AS coupons, sum(i.amount) AS money FROM loyalty_goodwillissue i
                   WHERE NOT EXISTS (SELECT FROM loyalty_goodwillreturn r WHERE r.issue_id = i.id)
                   GROUP BY i.allowance_id) g ON g.allowance_id = a.id
        WHERE a.money <> coalesce(g.money, 0) OR a.coupons <> coalesce(g.coupons, 0)
           OR a.money > a.most_money OR a.coupons > a.most_coupons""",
    ),
    Invariant(
        "goodwill_approved",
        _("Goodwill above the threshold was confirmed by a second person"),
        """SELECT 'goodwill', i.id, i.threshold, i.amount FROM loyalty_goodwillissue i
        JOIN loyalty_allowance a ON a.id = i.allowance_id
        WHERE i.amount > i.threshold AND (i.approver_id IS NULL OR i.approver_id = a.user_id)""",
    ),
    Invariant(
        "goodwill_returned",
        _("No goodwill that went back to its allowance is used"),
        """SELECT 'goodwill', i.id, 0, d.amount FROM loyalty_goodwillreturn r
        JOIN loyalty_goodwillissue i ON i.id = r.issue_id
        JOIN loyalty_redemption d ON d.code_id = i.code_id AND d.state IN ('reserved', 'redeemed')""",
    ),
]
