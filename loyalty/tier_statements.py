"""The statements behind loyalty/tiers.py. Each reads for many accounts at once; whoever decides holds them first.

Points count in the period of the booking that they belong to: a refund in January of an order in December lowers
December. Those of people who were merged into somebody count for her.
"""

# ruff: noqa: S608  (names of our own)

CALENDAR = "coalesce(y.period, 'calendar_year') = 'calendar_year'"
LOCAL = f"date_trunc(CASE WHEN {CALENDAR} THEN 'year' ELSE 'day' END, %(at)s::timestamptz AT TIME ZONE g.time_zone)"
# The window that points of now count in, and until when a tier lasts that is reached in it.
SINCE = f"""(({LOCAL} - CASE WHEN {CALENDAR} THEN interval '0' ELSE make_interval(months => y.months) END)
    AT TIME ZONE g.time_zone)"""
HOLDS = f"""(({LOCAL} + CASE WHEN {CALENDAR} THEN interval '2 years'
    ELSE make_interval(months => y.months, days => 1) END) AT TIME ZONE g.time_zone)"""
# The window that decides at the end of a period `p`, and until when it lasts if it is kept.
LAST_SINCE = """((p.holds_until AT TIME ZONE g.time_zone - make_interval(months => y.months))
    AT TIME ZONE g.time_zone)"""
NEXT_HOLDS = """((p.holds_until AT TIME ZONE g.time_zone + make_interval(months => y.months))
    AT TIME ZONE g.time_zone)"""
OF_ACCOUNT = (
    """JOIN loyalty_program g ON g.id = a.program_id LEFT JOIN loyalty_tierpolicy y ON y.program_id = g.id"""
)

# From `asked` (account_id, since, until): what counts, and which entries that is.
SUMS = """
    people AS (
        SELECT account_id AS owner_id, account_id, since, until FROM asked
        UNION ALL
        SELECT asked.account_id, other.id, asked.since, asked.until
        FROM asked JOIN loyalty_account a ON a.id = asked.account_id
        JOIN customers_customer gone ON gone.merged_into_id = a.customer_id
        JOIN loyalty_account other ON other.program_id = a.program_id AND other.customer_id = gone.id
    ), sums AS (
        SELECT people.owner_id AS account_id, sum(e.points)::bigint AS points,
               array_agg(e.id ORDER BY e.id) AS counted
        FROM people JOIN loyalty_entry e ON e.account_id = people.account_id AND e.counts_for_tier
            AND e.at >= people.since
        LEFT JOIN loyalty_entry original ON original.id = e.reverses_id
        WHERE coalesce(original.at, e.at) >= people.since AND coalesce(original.at, e.at) < people.until
        GROUP BY people.owner_id
    )
"""

COLUMNS = """account_id, tier_id, valid_from, holds_until, reached, points, needed, counted_from, counted_until,
    counted, coupon_due"""

TAKE_WORK = """
    DELETE FROM loyalty_tierdirty WHERE id IN (
        SELECT id FROM loyalty_tierdirty ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ) RETURNING account_id, origin
"""
# All who ever earned what counts, and all who have a tier: when the ladder itself has changed.
ADD_ALL = """
    INSERT INTO loyalty_tierdirty (account_id, origin, at)
    SELECT a.id, 'live', %(at)s::timestamptz FROM loyalty_account a
    WHERE a.program_id = %(program)s AND a.closed_at IS NULL
      AND (a.lifetime > 0 OR EXISTS (SELECT FROM loyalty_tierperiod p
                                     WHERE p.account_id = a.id AND p.current AND p.tier_id IS NOT NULL))
"""
HOLD = "SELECT id FROM loyalty_account WHERE id = ANY(%(accounts)s) AND closed_at IS NULL ORDER BY id FOR NO KEY UPDATE"

# Who stands on a tier that was taken away goes to the one below it, for as long as she had it.
REMOVED = """
    SELECT p.account_id, below.id, greatest(%(at)s, p.valid_from + interval '1 microsecond'),
           CASE WHEN below.id IS NOT NULL THEN p.holds_until END, 'removed', 0, 0, %(at)s::timestamptz,
           %(at)s::timestamptz, '{}'::bigint[], false
    FROM loyalty_tierperiod p JOIN loyalty_tier t ON t.id = p.tier_id
    LEFT JOIN LATERAL (
        SELECT b.id FROM loyalty_tier b WHERE b.program_id = t.program_id AND b.active AND b.threshold < t.threshold
        ORDER BY b.threshold DESC LIMIT 1
    ) below ON true
    WHERE p.account_id = ANY(%(accounts)s) AND p.current AND NOT t.active
"""

# At the end of a period: kept, raised, or down, one step or to where the points of the period lead.
ENDED = f"""
    WITH due AS MATERIALIZED (
        SELECT p.account_id, p.tier_id, p.valid_from, p.holds_until, t.threshold, t.program_id, y.fall,
               {LAST_SINCE} AS since, {NEXT_HOLDS} AS holds
        FROM loyalty_tierperiod p JOIN loyalty_tier t ON t.id = p.tier_id
        JOIN loyalty_account a ON a.id = p.account_id {OF_ACCOUNT}
        WHERE p.account_id = ANY(%(accounts)s) AND p.current AND p.holds_until <= %(at)s
    ), asked AS (
        SELECT account_id, since, holds_until AS until FROM due
    ), {SUMS}, decided AS (
        SELECT due.*, coalesce(sums.points, 0) AS points, coalesce(sums.counted, '{{}}') AS counted,
               best.id AS best_id, coalesce(best.threshold, 0) AS best_threshold,
               CASE WHEN fall = 'one_step' THEN below.id END AS below_id,
               CASE WHEN fall = 'one_step' THEN coalesce(below.threshold, 0) ELSE 0 END AS below_threshold
        FROM due LEFT JOIN sums USING (account_id)
        LEFT JOIN LATERAL (
            SELECT b.id, b.threshold FROM loyalty_tier b WHERE b.program_id = due.program_id AND b.active
                AND b.threshold <= sums.points ORDER BY b.threshold DESC LIMIT 1
        ) best ON true
        LEFT JOIN LATERAL (
            SELECT b.id, b.threshold FROM loyalty_tier b WHERE b.program_id = due.program_id AND b.active
                AND b.threshold < due.threshold ORDER BY b.threshold DESC LIMIT 1
        ) below ON true
    ), chosen AS (
        SELECT *, CASE WHEN best_threshold >= below_threshold THEN best_id ELSE below_id END AS new_id FROM decided
    )
    SELECT account_id, new_id, greatest(holds_until, valid_from + interval '1 microsecond'),
           CASE WHEN new_id IS NOT NULL THEN holds END,
           CASE WHEN best_threshold > threshold THEN 'reached' WHEN new_id = tier_id THEN 'kept' ELSE 'fell' END,
           points, CASE WHEN best_threshold >= threshold THEN best_threshold ELSE 0 END,
           since, holds_until, counted,
           best_threshold > threshold AND EXISTS (
               SELECT FROM loyalty_tier n WHERE n.id = new_id AND n.coupon_id IS NOT NULL)
    FROM chosen
"""

RAISED = f"""
    WITH now AS MATERIALIZED (
        SELECT a.id AS account_id, a.program_id, {SINCE} AS since, {HOLDS} AS holds
        FROM loyalty_account a {OF_ACCOUNT} WHERE a.id = ANY(%(accounts)s)
    ), asked AS (
        SELECT account_id, since, %(until)s::timestamptz AS until FROM now
    ), {SUMS}
    SELECT now.account_id, best.id, greatest(%(at)s, p.valid_from + interval '1 microsecond'), now.holds, 'reached',
           sums.points, best.threshold, now.since, %(until)s::timestamptz, sums.counted, best.coupon_id IS NOT NULL
    FROM now JOIN sums USING (account_id)
    LEFT JOIN loyalty_tierperiod p ON p.account_id = now.account_id AND p.current
    LEFT JOIN loyalty_tier t ON t.id = p.tier_id
    JOIN LATERAL (
        SELECT b.id, b.threshold, b.coupon_id FROM loyalty_tier b
        WHERE b.program_id = now.program_id AND b.active AND b.threshold <= sums.points
        ORDER BY b.threshold DESC LIMIT 1
    ) best ON best.threshold > coalesce(t.threshold, 0)
"""

ENDING_ACCOUNTS = """
    SELECT account_id FROM loyalty_tierperiod WHERE current AND holds_until <= %(at)s
    ORDER BY holds_until LIMIT %(most)s
"""

# Who would fall if her period ended with the points that she has by now.
FALLING = f"""
    WITH ending AS MATERIALIZED (
        SELECT p.id AS period_id, p.account_id, a.customer_id, p.holds_until, p.tier_id, t.threshold,
               {LAST_SINCE} AS since, y.announce_days
        FROM loyalty_tierperiod p JOIN loyalty_tier t ON t.id = p.tier_id
        JOIN loyalty_account a ON a.id = p.account_id {OF_ACCOUNT}
        WHERE p.current AND {{which}}
    ), asked AS (
        SELECT account_id, since, holds_until AS until FROM ending
    ), {SUMS}, falling AS (
        SELECT ending.*, coalesce(sums.points, 0) AS points, threshold - coalesce(sums.points, 0) AS missing
        FROM ending LEFT JOIN sums USING (account_id) WHERE threshold > coalesce(sums.points, 0)
    )
"""
SOON = "p.holds_until > %(at)s AND p.holds_until <= %(at)s + make_interval(days => {days})"
ANNOUNCE = f"""
    {FALLING.format(which=SOON.format(days="y.announce_days"))}
    INSERT INTO loyalty_tierwarning (period_id, at, points, missing)
    SELECT period_id, %(at)s::timestamptz, points, missing FROM falling
    WHERE NOT EXISTS (SELECT FROM loyalty_tierwarning w WHERE w.period_id = falling.period_id)
    ORDER BY period_id LIMIT %(most)s ON CONFLICT (period_id) DO NOTHING RETURNING period_id
"""
FALLING_SOON = f"""
    {FALLING.format(which=SOON.format(days="%(days)s") + " AND a.program_id = %(program)s")}
    SELECT account_id, missing FROM falling
"""

# What an account has, what the next tier is, and how many points are missing to it.
STANDING = f"""
    WITH now AS MATERIALIZED (
        SELECT a.id AS account_id, a.customer_id, a.program_id, {SINCE} AS since
        FROM loyalty_account a {OF_ACCOUNT} WHERE {{which}} AND a.closed_at IS NULL
    ), asked AS (
        SELECT account_id, since, 'infinity'::timestamptz AS until FROM now
    ), {SUMS}, standing AS (
        SELECT now.account_id, now.customer_id, now.program_id, p.tier_id, p.valid_from, p.holds_until,
               coalesce(sums.points, 0) AS points, following.id AS next_id,
               following.threshold - coalesce(sums.points, 0) AS missing
        FROM now LEFT JOIN sums USING (account_id)
        LEFT JOIN loyalty_tierperiod p ON p.account_id = now.account_id AND p.current
        LEFT JOIN loyalty_tier t ON t.id = p.tier_id
        LEFT JOIN LATERAL (
            SELECT b.id, b.threshold FROM loyalty_tier b WHERE b.program_id = now.program_id AND b.active
                AND b.threshold > coalesce(t.threshold, 0) ORDER BY b.threshold LIMIT 1
        ) following ON true
    )
"""
OF_CUSTOMERS = f"""
    {STANDING.format(which="a.program_id = %(program)s AND a.customer_id = ANY(%(customers)s)")}
    SELECT customer_id, tier_id, valid_from, holds_until, points, next_id, missing FROM standing
"""
TO_KEEP = f"""
    {FALLING.format(which="a.program_id = %(program)s AND a.customer_id = ANY(%(customers)s)")}
    SELECT customer_id, missing FROM falling
"""
# In all active programmes that have tiers, by name.
RANKS = f"""
    {STANDING.format(which="g.active AND a.customer_id = ANY(%(customers)s)")}
    SELECT s.customer_id, g.name, t.name, s.holds_until AT TIME ZONE g.time_zone, n.name, s.missing
    FROM standing s JOIN loyalty_program g ON g.id = s.program_id
    LEFT JOIN loyalty_tier t ON t.id = s.tier_id LEFT JOIN loyalty_tier n ON n.id = s.next_id
    WHERE t.id IS NOT NULL OR n.id IS NOT NULL ORDER BY s.customer_id, g.id
"""
# How many accounts have at least so many points in the window of now, and how many of them stand lower.
PREVIEW = f"""
    {STANDING.format(which="a.program_id = %(program)s AND a.lifetime > 0")}
    SELECT count(*) FILTER (WHERE points >= %(threshold)s AND (%(upper)s::bigint IS NULL OR points < %(upper)s)),
           count(*) FILTER (WHERE points >= %(threshold)s AND (%(upper)s::bigint IS NULL OR points < %(upper)s)
                            AND coalesce((SELECT t.threshold FROM loyalty_tier t WHERE t.id = tier_id), 0)
                                < %(threshold)s)
    FROM standing
"""
FACTORS = """
    SELECT a.customer_id, t.earning_factor FROM loyalty_account a
    JOIN loyalty_tierperiod p ON p.account_id = a.id AND p.current JOIN loyalty_tier t ON t.id = p.tier_id
    WHERE a.program_id = %(program)s AND a.customer_id = ANY(%(customers)s) AND t.earning_factor > 1
"""
# Who changed tiers since a moment: from, to, how many.
MOVES = """
    WITH moved AS MATERIALIZED (
        SELECT DISTINCT p.account_id FROM loyalty_tierperiod p JOIN loyalty_account a ON a.id = p.account_id
        WHERE p.valid_from >= %(since)s AND a.program_id = %(program)s AND a.closed_at IS NULL
    ), steps AS (
        SELECT p.tier_id, p.valid_from, lag(p.tier_id) OVER (PARTITION BY p.account_id ORDER BY p.valid_from) AS before
        FROM loyalty_tierperiod p JOIN moved ON moved.account_id = p.account_id
    )
    SELECT before, tier_id, count(*) FROM steps
    WHERE valid_from >= %(since)s AND before IS DISTINCT FROM tier_id GROUP BY before, tier_id
"""
