from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

REWARDS = [
    Invariant(
        "reward_used",
        _("Each reward counts its live claims, and no more than its stock"),
        """SELECT 'reward', w.id, coalesce(c.live, 0), w.used FROM loyalty_reward w
        LEFT JOIN (SELECT reward_id, count(*) AS live FROM loyalty_rewardclaim WHERE state <> 'cancelled'
                   GROUP BY reward_id) c ON c.reward_id = w.id
        WHERE w.used <> coalesce(c.live, 0) OR w.used > w.stock""",
    ),
    Invariant(
        "reward_paid",
        _("Each live claim of a reward has taken its points, and a cancelled one has given them back"),
        """SELECT 'claim', c.id, CASE WHEN c.state = 'cancelled' THEN 0 ELSE c.points END,
            (-coalesce(e.points, 0) - coalesce(r.points, 0))::bigint
        FROM loyalty_rewardclaim c LEFT JOIN loyalty_entry e ON e.id = c.spend_id AND e.kind = 'spend'
        LEFT JOIN LATERAL (SELECT sum(points) AS points FROM loyalty_entry WHERE reverses_id = e.id) r ON true
        WHERE -coalesce(e.points, 0) - coalesce(r.points, 0)
            <> CASE WHEN c.state = 'cancelled' THEN 0 ELSE c.points END""",
    ),
    Invariant(
        "reward_slots",
        _("Each live claim of a reward has its slot, and each slot its claim"),
        """SELECT * FROM (
            SELECT 'claim', c.id, 1, 0 FROM loyalty_rewardclaim c
            WHERE c.state <> 'cancelled' AND NOT EXISTS (SELECT FROM loyalty_rewarduse u WHERE u.claim_id = c.id)
            UNION ALL
            SELECT 'slot', u.id, 1, 0 FROM loyalty_rewarduse u LEFT JOIN loyalty_rewardclaim c ON c.id = u.claim_id
            WHERE c.id IS NULL OR c.state = 'cancelled' OR c.reward_id <> u.reward_id OR c.customer_id <> u.customer_id
        ) AS wrong""",
    ),
    Invariant(
        "reward_codes",
        _("Each claim of a coupon has its code, which is void once the claim is cancelled"),
        """SELECT 'claim', c.id, NULL::bigint, c.code_id FROM loyalty_rewardclaim c
        JOIN loyalty_reward w ON w.id = c.reward_id LEFT JOIN loyalty_couponcode k ON k.id = c.code_id
        WHERE (w.kind = 'coupon') <> (c.code_id IS NOT NULL)
           OR (c.state = 'cancelled' AND k.id IS NOT NULL AND k.state <> 'void')""",
    ),
    Invariant(
        "payments",
        _("Each payment with points has taken them, less what was given back with refunds"),
        """SELECT 'payment', p.id, CASE WHEN p.state = 'spent' THEN p.points - p.given_back ELSE 0 END,
            (-coalesce(e.points, 0) - coalesce(r.points, 0))::bigint
        FROM loyalty_pointspayment p LEFT JOIN loyalty_entry e ON e.id = p.spend_id AND e.kind = 'spend'
        LEFT JOIN LATERAL (SELECT sum(points) AS points FROM loyalty_entry WHERE reverses_id = e.id) r ON true
        WHERE -coalesce(e.points, 0) - coalesce(r.points, 0)
            <> CASE WHEN p.state = 'spent' THEN p.points - p.given_back ELSE 0 END""",
    ),
]
