"""The statements behind loyalty/ledger.py. Rows travel as one JSON parameter (`rows`).

Whoever decides by what is in an account holds its row first, in id order, and reads in a later statement, which sees
what the one before him has left. A grant decides nothing, so its one statement needs no look before.
"""

# ruff: noqa: S608  (names of our own)

ROWS = """jsonb_to_recordset(%(rows)s::jsonb) AS i (
    customer_id bigint, kind text, points bigint, source text, reference text, order_id bigint, store_id bigint,
    rule_id bigint, terms_id bigint, basis bigint, tier_factor numeric, actor_id bigint, reason text,
    counts_for_tier boolean, reverses_id bigint, available_from timestamptz, expires_at timestamptz, hold text,
    whole boolean, lot_id bigint
)"""
# Of a merged customer the account of the one whom she was merged into.
OWNER = """JOIN customers_customer c ON c.id = i.customer_id
    JOIN loyalty_account a ON a.program_id = %(program)s AND a.customer_id = coalesce(c.merged_into_id, c.id)"""
COLUMNS = """program_id, account_id, kind, points, source, reference, order_id, store_id, rule_id, terms_id, basis,
    tier_factor, actor_id, reason, counts_for_tier, reverses_id, at"""
VALUES = """order_id, store_id, rule_id, terms_id, basis, tier_factor, actor_id, coalesce(reason, ''),
    coalesce(counts_for_tier, false), reverses_id, %(at)s"""

OPEN_ACCOUNTS = """
    INSERT INTO loyalty_account (program_id, customer_id)
    SELECT DISTINCT %(program)s, coalesce(c.merged_into_id, c.id) FROM customers_customer c
    WHERE c.id = ANY(%(customers)s) AND NOT EXISTS (
        SELECT FROM loyalty_account a
        WHERE a.program_id = %(program)s AND a.customer_id = coalesce(c.merged_into_id, c.id)
    )
    ORDER BY 2 ON CONFLICT (program_id, customer_id) DO NOTHING
"""
HOLD_ACCOUNTS = """
    SELECT a.id, a.closed_at IS NOT NULL FROM loyalty_account a
    WHERE a.program_id = %(program)s AND a.customer_id IN (
        SELECT coalesce(c.merged_into_id, c.id) FROM customers_customer c WHERE c.id = ANY(%(customers)s)
    )
    ORDER BY a.id FOR NO KEY UPDATE
"""
# What the caller's keys have booked already, and whose it is now.
KNOWN = f"""
    SELECT i.kind, i.source, i.reference, e.id, e.points, coalesce(owner.merged_into_id, owner.id),
           coalesce(asked.merged_into_id, asked.id)
    FROM {ROWS}
    JOIN loyalty_entry e ON e.program_id = %(program)s AND e.source = i.source AND e.reference = i.reference
        AND e.kind = i.kind
    JOIN loyalty_account a ON a.id = e.account_id JOIN customers_customer owner ON owner.id = a.customer_id
    JOIN customers_customer asked ON asked.id = i.customer_id
"""

# Segments look at these people again, the ladder of tiers at these accounts. Parts of the bookings' own statements:
# others would cost a single booking as much as all the rest.
MARKED = """
    INSERT INTO customers_dirty (customer_id, at, origin)
    SELECT DISTINCT owner_id, %(at)s::timestamptz, %(origin)s::text FROM input
"""
NOTED = """
    INSERT INTO loyalty_tierdirty (account_id, origin, at)
    SELECT DISTINCT account_id, %(origin)s::text, %(at)s::timestamptz FROM made
    WHERE counts_for_tier
      AND EXISTS (SELECT FROM loyalty_tier t WHERE t.program_id = %(program)s AND t.active)
"""

# The account's row is changed last, and in id order, so that a busy one is held for as short as can be: `sums` asks for
# all other parts, since what nobody asks for is done at the very end. An account that was closed while we waited for it
# is answered as null, and the caller begins again.
GRANT = f"""
    WITH input AS MATERIALIZED (
        SELECT a.id AS account_id, a.customer_id AS owner_id, i.* FROM {ROWS} {OWNER}
    ), marked AS ({MARKED} RETURNING 1), made AS (
        INSERT INTO loyalty_entry ({COLUMNS})
        SELECT %(program)s, account_id, kind, points, source, reference, {VALUES}
        FROM input ORDER BY account_id, source, reference
        ON CONFLICT (program_id, source, reference, kind) DO NOTHING
        RETURNING id, account_id, kind, source, reference, points, counts_for_tier
    ), noted AS ({NOTED} RETURNING 1), lots AS (
        INSERT INTO loyalty_lot (entry_id, account_id, granted, remaining, available_from, expires_at)
        SELECT made.id, made.account_id, made.points, made.points, input.available_from, input.expires_at
        FROM made JOIN input USING (kind, source, reference)
        RETURNING 1
    ), sums AS (
        SELECT account_id, sum(points) AS points, sum(points) FILTER (WHERE counts_for_tier) AS lifetime
        FROM made
        WHERE (SELECT count(*) FROM marked) + (SELECT count(*) FROM noted) + (SELECT count(*) FROM lots) >= 0
        GROUP BY account_id
    ), held AS MATERIALIZED (
        SELECT id FROM loyalty_account WHERE id IN (SELECT account_id FROM sums) AND closed_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
    ), raised AS (
        UPDATE loyalty_account a
        SET balance = a.balance + sums.points, lifetime = a.lifetime + coalesce(sums.lifetime, 0)
        FROM held JOIN sums ON sums.account_id = held.id WHERE a.id = held.id
        RETURNING a.id, a.debt
    )
    SELECT made.kind, made.source, made.reference, made.id, made.points, raised.id, raised.debt
    FROM made LEFT JOIN raised ON raised.id = made.account_id
"""

# Grants pay what is owed, the oldest debt first, from the lot that ends first: two running sums laid side by side.
# Their accounts' rows are held by the grant.
PAY_DEBTS = """
    WITH debts AS MATERIALIZED (
        SELECT entry_id, account_id, remaining,
               sum(remaining) OVER (PARTITION BY account_id ORDER BY entry_id) AS upto
        FROM loyalty_debt WHERE account_id = ANY(%(accounts)s) AND remaining > 0
    ), lots AS MATERIALIZED (
        SELECT entry_id, account_id, remaining,
               sum(remaining) OVER (PARTITION BY account_id ORDER BY expires_at NULLS LAST, entry_id) AS upto
        FROM loyalty_lot
        WHERE account_id = ANY(%(accounts)s) AND remaining > 0 AND (expires_at IS NULL OR expires_at > %(at)s)
    ), parts AS (
        INSERT INTO loyalty_allocation (debit_id, lot_id, points)
        SELECT d.entry_id, l.entry_id,
               least(d.upto, l.upto) - greatest(d.upto - d.remaining, l.upto - l.remaining)
        FROM debts d JOIN lots l ON l.account_id = d.account_id
            AND l.upto > d.upto - d.remaining AND d.upto > l.upto - l.remaining
        RETURNING debit_id, lot_id, points
    ), paid AS (
        UPDATE loyalty_debt d SET remaining = d.remaining - s.points
        FROM (SELECT debit_id, sum(points) AS points FROM parts GROUP BY debit_id) AS s WHERE entry_id = s.debit_id
        RETURNING account_id, s.points
    ), taken AS (
        UPDATE loyalty_lot l SET remaining = l.remaining - s.points
        FROM (SELECT lot_id, sum(points) AS points FROM parts GROUP BY lot_id) AS s WHERE entry_id = s.lot_id
    )
    UPDATE loyalty_account a SET balance = a.balance - s.points, debt = a.debt - s.points
    FROM (SELECT account_id, sum(points) AS points FROM paid GROUP BY account_id) AS s WHERE a.id = s.account_id
"""

LIVE = "(l.available_from <= %(at)s AND (l.expires_at IS NULL OR l.expires_at > %(at)s))"

# One debit per account, whose rows are held. `points` are positive here. `lot_id` is drained first, whatever its
# state; `whole` takes from lots that cannot be spent yet too. What is taken back (reverse, adjust) may be owed.
DEBIT = f"""
    WITH input AS MATERIALIZED (
        SELECT a.id AS account_id, a.customer_id AS owner_id, i.*, i.kind IN ('reverse', 'adjust') AS may_owe
        FROM {ROWS} {OWNER}
        WHERE NOT EXISTS (
            SELECT FROM loyalty_entry e WHERE e.program_id = %(program)s AND e.source = i.source
                AND e.reference = i.reference AND e.kind = i.kind)
    ), marked AS ({MARKED}), reach AS (
        SELECT l.entry_id, l.account_id, l.remaining, l.expires_at, coalesce({LIVE}, false) AS live,
               coalesce(l.entry_id = input.lot_id, false) AS own
        FROM input JOIN loyalty_lot l ON l.account_id = input.account_id AND l.remaining > 0
        WHERE {LIVE} OR l.entry_id = input.lot_id
           OR (input.whole AND (l.expires_at IS NULL OR l.expires_at > %(at)s))
    ), lots AS MATERIALIZED (
        SELECT *, sum(remaining) OVER (
            PARTITION BY account_id ORDER BY own DESC, live DESC, expires_at NULLS LAST, entry_id) AS upto
        FROM reach
    ), kept AS (
        SELECT h.account_id, sum(h.points) AS points FROM input JOIN loyalty_hold h ON h.account_id = input.account_id
        WHERE h.fate = 'open' AND h.expires_at > %(at)s
          AND NOT (h.source = input.source AND h.reference = coalesce(input.hold, ''))
        GROUP BY h.account_id
    ), enough AS (
        SELECT input.*, input.points
               <= coalesce((SELECT max(upto) FROM lots WHERE lots.account_id = input.account_id), 0)
               - CASE WHEN input.whole THEN 0
                 ELSE coalesce((SELECT points FROM kept WHERE kept.account_id = input.account_id), 0) END AS there
        FROM input
    ), made AS (
        INSERT INTO loyalty_entry ({COLUMNS})
        SELECT %(program)s, account_id, kind, -points, source, reference, {VALUES}
        FROM enough WHERE there OR may_owe ORDER BY account_id
        RETURNING id, account_id, kind, source, reference, -points AS points, counts_for_tier
    ), noted AS ({NOTED}), parts AS (
        INSERT INTO loyalty_allocation (debit_id, lot_id, points)
        SELECT made.id, lots.entry_id, least(lots.upto, made.points) - (lots.upto - lots.remaining)
        FROM made JOIN lots ON lots.account_id = made.account_id AND lots.upto - lots.remaining < made.points
        RETURNING debit_id, lot_id, points
    ), taken AS (
        UPDATE loyalty_lot l SET remaining = l.remaining - parts.points FROM parts WHERE entry_id = parts.lot_id
    ), paid AS (
        SELECT made.*, coalesce((SELECT sum(points) FROM parts WHERE debit_id = made.id), 0) AS paid FROM made
    ), owed AS (
        INSERT INTO loyalty_debt (entry_id, account_id, owed, remaining)
        SELECT id, account_id, points - paid, points - paid FROM paid WHERE paid < points
    ), lowered AS (
        UPDATE loyalty_account a SET balance = a.balance - paid.paid, debt = a.debt + paid.points - paid.paid,
               lifetime = a.lifetime - CASE WHEN paid.counts_for_tier THEN paid.points ELSE 0 END
        FROM paid WHERE a.id = paid.account_id
    ), spent AS (
        UPDATE loyalty_hold h SET fate = 'spent', ended_at = %(at)s FROM input JOIN made USING (source, reference, kind)
        WHERE h.program_id = %(program)s AND h.source = input.source AND h.reference = input.hold AND h.fate = 'open'
    )
    SELECT kind, source, reference, id, -points FROM made
"""

# Under the accounts' rows. A key that is there already stays as it is.
PLACE_HOLD = f"""
    WITH input AS MATERIALIZED (
        SELECT a.id AS account_id, i.* FROM {ROWS} {OWNER}
    ), free AS (
        SELECT input.*,
            coalesce((SELECT sum(l.remaining) FROM loyalty_lot l
                      WHERE l.account_id = input.account_id AND l.remaining > 0 AND {LIVE}), 0)
            - coalesce((SELECT sum(h.points) FROM loyalty_hold h WHERE h.account_id = input.account_id
                        AND h.fate = 'open' AND h.expires_at > %(at)s), 0) AS free
        FROM input
    )
    INSERT INTO loyalty_hold (program_id, account_id, points, source, reference, fate, at, expires_at)
    SELECT %(program)s, account_id, points, source, reference, 'open', %(at)s, expires_at FROM free
    WHERE points <= free ORDER BY account_id
    ON CONFLICT (program_id, source, reference) DO NOTHING
    RETURNING source, reference, id, points
"""
KNOWN_HOLDS = f"""
    SELECT i.source, i.reference, h.id, h.points FROM {ROWS}
    JOIN loyalty_hold h ON h.program_id = %(program)s AND h.source = i.source AND h.reference = i.reference
"""
# A hold that is being spent at this moment is held by its account's row, which we hold too.
RELEASE = f"""
    UPDATE loyalty_hold h SET fate = 'released', ended_at = %(at)s FROM {ROWS}
    WHERE h.program_id = %(program)s AND h.source = i.source AND h.reference = i.reference AND h.fate = 'open'
    RETURNING h.id
"""

# Whose lots have ended, to be held in id order.
ENDED = """
    SELECT a.id FROM loyalty_account a WHERE a.id IN (
        SELECT account_id FROM loyalty_lot WHERE remaining > 0 AND expires_at <= %(at)s
        ORDER BY expires_at LIMIT %(most)s
    ) ORDER BY a.id FOR NO KEY UPDATE OF a
"""
EXPIRE = """
    WITH ended AS MATERIALIZED (
        SELECT l.entry_id, l.account_id, l.remaining, a.program_id
        FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id
        WHERE l.account_id = ANY(%(accounts)s) AND l.remaining > 0 AND l.expires_at <= %(at)s
    ), made AS (
        INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, at)
        SELECT program_id, account_id, 'expire', -remaining, 'expiry', entry_id::text, %(at)s FROM ended
        ORDER BY account_id, entry_id RETURNING id, account_id, reference, points
    ), parts AS (
        INSERT INTO loyalty_allocation (debit_id, lot_id, points)
        SELECT id, reference::bigint, -points FROM made
    ), taken AS (
        UPDATE loyalty_lot l SET remaining = 0 FROM ended WHERE l.entry_id = ended.entry_id
    ), lowered AS (
        UPDATE loyalty_account a SET balance = a.balance + s.points
        FROM (SELECT account_id, sum(points) AS points FROM made GROUP BY account_id) AS s WHERE a.id = s.account_id
    )
    SELECT made.id, a.customer_id FROM made JOIN loyalty_account a ON a.id = made.account_id
"""

# What debits took from which lots, for giving it back or passing it on. Lots keep their dates.
TAKEN = """
    SELECT a.debit_id, a.lot_id, a.points, l.available_from, l.expires_at
    FROM loyalty_allocation a JOIN loyalty_lot l ON l.entry_id = a.lot_id
    WHERE a.debit_id = ANY(%(debits)s) ORDER BY a.debit_id, a.lot_id
"""
# What baskets keep is taken from the points that end first, as spending does.
KEPT = """coalesce((SELECT sum(h.points) FROM loyalty_hold h
            WHERE h.account_id = a.id AND h.fate = 'open' AND h.expires_at > %(at)s), 0)"""
WHAT_CAN_BE_SPENT = f"""
    SELECT a.customer_id,
        coalesce((SELECT sum(l.remaining) FROM loyalty_lot l
                  WHERE l.account_id = a.id AND l.remaining > 0 AND {LIVE}), 0)
        - {KEPT},
        coalesce((SELECT sum(l.remaining) FROM loyalty_lot l
                  WHERE l.account_id = a.id AND l.remaining > 0
                    AND (l.available_from IS NULL OR l.available_from > %(at)s)), 0),
        a.debt,
        (SELECT min(o.expires_at) FROM (
            SELECT l.expires_at, sum(l.remaining) OVER (ORDER BY l.expires_at NULLS LAST, l.entry_id) AS upto
            FROM loyalty_lot l WHERE l.account_id = a.id AND l.remaining > 0 AND {LIVE}) AS o WHERE o.upto > {KEPT}),
        greatest(0, coalesce((SELECT sum(l.remaining) FROM loyalty_lot l
                  WHERE l.account_id = a.id AND l.remaining > 0 AND {LIVE} AND l.expires_at <= %(soon)s), 0) - {KEPT})
    FROM loyalty_account a WHERE a.program_id = %(program)s AND a.customer_id = ANY(%(customers)s)
"""
