"""The statements behind coupons/redemptions.py. Locks are taken in one order: a mailbox, a customer's slot, the coupon,
its budget, its period, the store's part of it, the code, then the redemption. Without a budget the coupon comes last.
"""

# ruff: noqa: S608  (parts of our own)

# Each guard answers by itself, so that a refusal can say which it was; then everything is rolled back. The code is held
# and its state read once more, so that nobody takes it back at this moment: what was made void or put back into its
# pool stays so, and who makes it void waits for those who are redeeming it.
HELD = "SELECT id FROM loyalty_couponcode WHERE id = %(code)s AND state = 'issued' FOR SHARE"
COLUMNS = """coupon_id, code_id, customer_id, order_key, store_id, actor_id, state, amount, currency, snapshot,
    share_id, budget_period_id, single_use, stacking_group, exclusive, source, reference, at, expires_at"""
MADE_OF = """%(coupon)s, %(code)s, %(customer)s, %(order_key)s, %(store)s, %(actor)s, %(state)s, %(amount)s,
    %(currency)s, %(snapshot)s::jsonb, {share}, {period}, %(single_use)s, %(stacking_group)s, %(exclusive)s, %(source)s,
    %(reference)s, %(at)s, %(expires_at)s"""
NAMED = "UPDATE loyalty_couponuse u SET redemption_id = made.id FROM made WHERE u.id = %(use)s"
BOOK = f"""
    WITH counted AS (
        UPDATE loyalty_coupon SET used = used + 1
        WHERE id = %(coupon)s AND active AND (total_limit IS NULL OR used < total_limit)
        RETURNING id, budget_id
    ), paid AS (
        UPDATE loyalty_budget b SET used = b.used + %(amount)s FROM counted
        WHERE b.id = counted.budget_id AND b.used + %(amount)s <= b.cap
        RETURNING b.id, b.store_period, b.store_cap, b.period, b.period_cap
    ), of_period AS (
        INSERT INTO loyalty_budgetperiod AS p (budget_id, begins_on, cap, used)
        SELECT id, date_trunc(period, %(on)s::timestamp)::date, period_cap, %(amount)s
        FROM paid WHERE period_cap >= %(amount)s
        ON CONFLICT (budget_id, begins_on) DO UPDATE SET used = p.used + excluded.used
        WHERE p.used + excluded.used <= p.cap
        RETURNING p.id
    ), in_time AS (
        SELECT FROM counted WHERE counted.budget_id IS NULL
            OR EXISTS (SELECT FROM paid WHERE period_cap IS NULL OR EXISTS (SELECT FROM of_period))
    ), shared AS (
        INSERT INTO loyalty_budgetshare AS s (budget_id, store_id, begins_on, cap, used)
        SELECT id, %(store)s, date_trunc(store_period, %(on)s::timestamp)::date, store_cap, %(amount)s
        FROM paid WHERE store_cap >= %(amount)s AND EXISTS (SELECT FROM in_time)
        ON CONFLICT (budget_id, begins_on, store_id) DO UPDATE SET used = s.used + excluded.used
        WHERE s.used + excluded.used <= s.cap
        RETURNING s.id
    ), afforded AS (
        SELECT FROM counted WHERE counted.budget_id IS NULL
            OR EXISTS (SELECT FROM paid WHERE store_cap IS NULL OR EXISTS (SELECT FROM shared))
    ), held AS (
        {HELD}
    ), made AS (
        INSERT INTO loyalty_redemption ({COLUMNS})
        SELECT {MADE_OF.format(share="(SELECT id FROM shared)", period="(SELECT id FROM of_period)")}
        FROM counted WHERE EXISTS (SELECT FROM in_time) AND EXISTS (SELECT FROM afforded) AND EXISTS (SELECT FROM held)
        ON CONFLICT DO NOTHING
        RETURNING id
    ), named AS (
        {NAMED}
    )
    SELECT (SELECT count(*) FROM counted), (SELECT count(*) FROM counted WHERE budget_id IS NULL)
           + (SELECT count(*) FROM paid), (SELECT count(*) FROM in_time), (SELECT count(*) FROM afforded),
           (SELECT count(*) FROM held), (SELECT id FROM made), (SELECT id FROM shared), (SELECT id FROM of_period)
"""
# The same for a coupon without a budget, which everybody redeems at once: its row is held for the last step only.
BOOK_FREE = f"""
    WITH held AS (
        {HELD}
    ), made AS (
        INSERT INTO loyalty_redemption ({COLUMNS})
        SELECT {MADE_OF.format(share="NULL", period="NULL")} FROM held
        ON CONFLICT DO NOTHING
        RETURNING id
    ), named AS (
        {NAMED} RETURNING u.id
    ), counted AS (
        UPDATE loyalty_coupon c SET used = c.used + 1 FROM made LEFT JOIN named ON true
        WHERE c.id = %(coupon)s AND c.active AND c.budget_id IS NULL
          AND (c.total_limit IS NULL OR c.used < c.total_limit)
        RETURNING made.id
    )
    SELECT NOT EXISTS (SELECT FROM made) OR EXISTS (SELECT FROM counted), true, true, true, (SELECT count(*) FROM held),
           (SELECT id FROM counted), NULL, NULL
"""

# A reservation becomes real: what it had booked too much goes back to the budget. The coupon's row is held before.
HOLD_COUPONS = """
    SELECT c.id FROM loyalty_coupon c
    WHERE c.id IN (SELECT coupon_id FROM loyalty_redemption WHERE id = ANY(%(ids)s))
    ORDER BY c.id FOR NO KEY UPDATE
"""
# Of several at once, so that two who end many never wait for each other in a circle.
HOLD_BUDGETS = """
    SELECT b.id FROM loyalty_budget b
    WHERE b.id IN (SELECT c.budget_id FROM loyalty_redemption r JOIN loyalty_coupon c ON c.id = r.coupon_id
                   WHERE r.id = ANY(%(ids)s))
    ORDER BY b.id FOR NO KEY UPDATE
"""
CONFIRM = """
    WITH before AS MATERIALIZED (
        SELECT id, amount, at, expires_at FROM loyalty_redemption WHERE id = %(id)s AND state = 'reserved'
        FOR NO KEY UPDATE
    ), done AS (
        UPDATE loyalty_redemption r SET state = 'redeemed', amount = %(amount)s, at = %(at)s, expires_at = NULL,
            confirmed_by = CASE r.source WHEN %(source)s THEN %(reference)s ELSE '' END,
            snapshot = r.snapshot
                || jsonb_build_object('reserved_at', before.at, 'reserved_until', before.expires_at,
                                      'confirmed_basket', %(basket)s::text)
        FROM before WHERE r.id = before.id
        RETURNING r.id, r.coupon_id, r.share_id, r.budget_period_id, before.amount AS reserved
    ), given_back AS (
        UPDATE loyalty_budget b SET used = b.used - (done.reserved - %(amount)s)
        FROM done JOIN loyalty_coupon c ON c.id = done.coupon_id WHERE b.id = c.budget_id
        RETURNING b.id
    ), to_the_period AS (
        UPDATE loyalty_budgetperiod p SET used = p.used - (done.reserved - %(amount)s)
        FROM done WHERE p.id = done.budget_period_id AND p.budget_id IN (SELECT id FROM given_back)
    ), to_the_store AS (
        UPDATE loyalty_budgetshare s SET used = s.used - (done.reserved - %(amount)s)
        FROM done WHERE s.id = done.share_id AND s.budget_id IN (SELECT id FROM given_back)
    )
    SELECT id FROM done
"""
# Live redemptions end, and everything they took is given back.
END = """
    WITH ended AS (
        UPDATE loyalty_redemption SET state = %(state)s, ended_at = %(at)s
        WHERE id = ANY(%(ids)s) AND state = ANY(%(from)s)
          AND (%(late)s::timestamptz IS NULL OR expires_at <= %(late)s)
        RETURNING id, coupon_id, share_id, budget_period_id, amount
    ), slots AS (
        DELETE FROM loyalty_couponuse u USING ended WHERE u.redemption_id = ended.id
    ), counted AS (
        UPDATE loyalty_coupon c SET used = c.used - s.count
        FROM (SELECT coupon_id, count(*) AS count FROM ended GROUP BY coupon_id) AS s WHERE c.id = s.coupon_id
    ), paid AS (
        UPDATE loyalty_budget b SET used = b.used - s.amount FROM (
            SELECT c.budget_id, sum(ended.amount) AS amount FROM ended JOIN loyalty_coupon c ON c.id = ended.coupon_id
            WHERE c.budget_id IS NOT NULL GROUP BY c.budget_id
        ) AS s WHERE b.id = s.budget_id
        RETURNING b.id
    ), of_period AS (
        UPDATE loyalty_budgetperiod p SET used = p.used - s.amount
        FROM (SELECT budget_period_id, sum(amount) AS amount FROM ended WHERE budget_period_id IS NOT NULL
              GROUP BY budget_period_id) AS s
        WHERE p.id = s.budget_period_id AND p.budget_id IN (SELECT id FROM paid)
    ), shared AS (
        UPDATE loyalty_budgetshare b SET used = b.used - s.amount
        FROM (SELECT share_id, sum(amount) AS amount FROM ended WHERE share_id IS NOT NULL GROUP BY share_id) AS s
        WHERE b.id = s.share_id AND b.budget_id IN (SELECT id FROM paid)
    )
    SELECT id FROM ended ORDER BY id
"""
