from django.utils.translation import gettext_lazy as _

from channels.models.delivery import REACHED_SQL
from loyalty.book_rules.base import Invariant

# Whoever may have a message: an erased one's row has forgotten its code.
CALLED = f"""loyalty_coderun r JOIN channels_delivery d ON d.message_id = r.message_id AND d.occurrence = r.occurrence
    AND d.state IN {REACHED_SQL} AND d.context ? 'code'"""
MESSAGES = [
    Invariant(
        "put_aside",
        _("Each code that is put aside belongs to a delivery, a free one to none"),
        """SELECT 'code', k.id, (k.state <> 'free')::int, (t.code_id IS NOT NULL)::int FROM loyalty_couponcode k
        LEFT JOIN loyalty_deliverycode t ON t.code_id = k.id
        WHERE (k.state = 'free' AND t.code_id IS NOT NULL)
           OR (k.state = 'reserved' AND (t.code_id IS NULL OR t.called_at IS NOT NULL))
           OR (k.state = 'issued' AND t.code_id IS NOT NULL AND t.called_at IS NULL)""",
    ),
    Invariant(
        "called_codes",
        _("Nobody else can get the code of somebody who may have her message"),
        f"""SELECT 'delivery', d.id, (d.context ->> 'code')::bigint, t.code_id FROM {CALLED}
        LEFT JOIN loyalty_deliverycode t ON t.code_id = (d.context ->> 'code')::bigint AND t.run_id = r.id
        WHERE t.called_at IS NULL""",  # noqa: S608  (states of our own)
    ),
    Invariant(
        "codes_of_two",
        _("No code went to two people"),
        f"""SELECT 'code', (d.context ->> 'code')::bigint, 1, count(DISTINCT (r.id, d.customer_id)) FROM {CALLED}
        GROUP BY 2 HAVING count(DISTINCT (r.id, d.customer_id)) > 1""",  # noqa: S608
    ),
]
