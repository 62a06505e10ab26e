"""The statements behind codes of deliveries. Locks are taken in one order: deliveries (who sends holds them), then
codes by their numbers. A free code is never waited for."""

from channels.models.delivery import REACHED

OPEN_RUN = """
    INSERT INTO loyalty_coderun (message_id, occurrence, coupon_id, leave_out)
    SELECT message_id, occurrence, %(coupon)s, %(leave_out)s FROM channels_delivery WHERE id = %(delivery)s
    ON CONFLICT (message_id, occurrence) DO UPDATE SET closed_at = NULL
    RETURNING id, coupon_id
"""

# Deliveries and free codes are laid side by side by their numbers. Who has a code keeps it; who waited for one goes on.
RESERVE = """
    WITH wanted AS (
        SELECT d.id, d.customer_id, row_number() OVER (ORDER BY d.id) AS place FROM channels_delivery d
        WHERE d.id = ANY(%(ids)s) AND d.state = 'planned' AND NOT d.context ? 'code'
          AND NOT EXISTS (SELECT FROM loyalty_deliverycode t WHERE t.delivery_id = d.id)
    ), free AS MATERIALIZED (
        SELECT id FROM loyalty_couponcode WHERE coupon_id = %(coupon)s AND state = 'free'
        ORDER BY id LIMIT (SELECT count(*) FROM wanted) FOR UPDATE SKIP LOCKED
    ), numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM free
    ), pairs AS (
        SELECT wanted.id AS delivery_id, wanted.customer_id, numbered.id AS code_id
        FROM wanted JOIN numbered ON numbered.place = wanted.place
    ), kept AS (
        UPDATE loyalty_couponcode k SET state = 'reserved', customer_id = pairs.customer_id
        FROM pairs WHERE k.id = pairs.code_id
    ), tied AS (
        INSERT INTO loyalty_deliverycode (code_id, run_id, delivery_id)
        SELECT code_id, %(run)s, delivery_id FROM pairs
    )
    UPDATE channels_delivery d SET context = d.context || jsonb_build_object('code', pairs.code_id),
        due_at = CASE d.reason WHEN 'no_code' THEN %(at)s ELSE d.due_at END,
        reason = CASE d.reason WHEN 'no_code' THEN '' ELSE d.reason END
    FROM pairs WHERE d.id = pairs.delivery_id
    RETURNING d.id
"""
WAITING = """
    SELECT d.id FROM channels_delivery d JOIN loyalty_coderun r ON r.message_id = d.message_id
        AND r.occurrence = d.occurrence
    WHERE r.id = %(run)s AND d.state = 'planned' AND d.reason = 'no_code' AND NOT d.context ? 'code'
    ORDER BY d.id LIMIT %(limit)s FOR NO KEY UPDATE OF d SKIP LOCKED
"""

# The codes of deliveries, or of events about them, each by its own run: an old mail's code may be another's by now.
TIES = """
    SELECT t.code_id, r.coupon_id, d.customer_id FROM channels_delivery d
    JOIN loyalty_deliverycode t ON t.code_id = (d.context ->> 'code')::bigint
    JOIN loyalty_coderun r ON r.id = t.run_id AND r.message_id = d.message_id AND r.occurrence = d.occurrence
    WHERE d.id = ANY(%(ids)s)
"""
REPORTED = """
    SELECT e.kind, t.code_id, r.coupon_id, min(e.at) FROM channels_deliveryevent e
    JOIN channels_delivery d ON d.id = e.delivery_id
    JOIN loyalty_deliverycode t ON t.code_id = (d.context ->> 'code')::bigint
    JOIN loyalty_coderun r ON r.id = t.run_id AND r.message_id = d.message_id AND r.occurrence = d.occurrence
    WHERE e.id = ANY(%(ids)s) AND (e.kind = 'bounced' OR (e.kind = 'delivered' AND t.delivered_at IS NULL))
    GROUP BY e.kind, t.code_id, r.coupon_id
"""
HOLD = "SELECT id FROM loyalty_couponcode WHERE id = ANY(%(codes)s) ORDER BY id FOR NO KEY UPDATE"

# From here on she may have it, whatever becomes of the call. Until it is known when it arrived, the days of the code
# run from the latest call.
CALL = """
    WITH said AS (
        SELECT * FROM unnest(%(codes)s::bigint[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
            AS u (id, starts, ends)
    ), given AS (
        UPDATE loyalty_couponcode k SET state = 'issued', issued_at = coalesce(k.issued_at, %(at)s),
            valid_from = coalesce(k.valid_from, said.starts),
            valid_until = CASE WHEN t.delivered_at IS NULL THEN said.ends ELSE k.valid_until END
        FROM loyalty_deliverycode t, said
        WHERE t.code_id = k.id AND k.id = said.id AND k.state IN ('reserved', 'issued')
        RETURNING k.id, t.called_at IS NULL AS first
    ), called AS (
        UPDATE loyalty_deliverycode t SET called_at = %(at)s FROM given WHERE t.code_id = given.id
    )
    SELECT id FROM given WHERE first ORDER BY id
"""
# Never earlier than what her message says.
ARRIVE = """
    WITH told AS (
        SELECT * FROM unnest(%(codes)s::bigint[], %(times)s::timestamptz[], %(ends)s::timestamptz[])
            AS u (id, at, until)
    ), arrived AS (
        UPDATE loyalty_deliverycode t SET delivered_at = told.at FROM told
        WHERE t.code_id = told.id AND t.delivered_at IS NULL RETURNING t.code_id
    )
    UPDATE loyalty_couponcode k SET valid_until = greatest(k.valid_until, told.until)
    FROM told JOIN arrived ON arrived.code_id = told.id
    WHERE k.id = told.id AND k.state = 'issued' AND told.until IS NOT NULL
"""

# Whom no attempt has reached, or may reach.
NOBODY_HAS_IT = f"""
    NOT EXISTS (SELECT FROM channels_delivery d WHERE d.message_id = first.message_id
                AND d.occurrence = first.occurrence AND d.customer_id = first.customer_id
                AND d.state IN {("planned", *REACHED)})
    AND NOT EXISTS (SELECT FROM loyalty_redemption r WHERE r.code_id = t.code_id)
"""  # noqa: S608  (states of our own)
UNUSED = f"""
    SELECT t.code_id FROM loyalty_deliverycode t JOIN channels_delivery first ON first.id = t.delivery_id
    JOIN loyalty_couponcode k ON k.id = t.code_id AND k.state IN ('reserved', 'issued')
    WHERE t.run_id = ANY(%(runs)s)
      AND first.state IN ('withheld', 'refused', 'expired', 'cancelled', 'render_error', 'bounced') AND {NOBODY_HAS_IT}
    ORDER BY t.code_id LIMIT %(limit)s
"""  # noqa: S608
# Nobody may begin to redeem it meanwhile: whoever does locks the code too, and looks at its state then.
HOLD_ALONE = "SELECT id FROM loyalty_couponcode WHERE id = ANY(%(codes)s) ORDER BY id FOR UPDATE"
FREE = f"""
    WITH gone AS (
        SELECT t.code_id FROM loyalty_deliverycode t JOIN channels_delivery first ON first.id = t.delivery_id
        JOIN loyalty_couponcode k ON k.id = t.code_id AND k.state IN ('reserved', 'issued')
        WHERE t.code_id = ANY(%(codes)s) AND {NOBODY_HAS_IT}
    ), untied AS (
        DELETE FROM loyalty_deliverycode t USING gone WHERE t.code_id = gone.code_id
    ), before AS MATERIALIZED (
        SELECT k.id, k.customer_id, k.state FROM loyalty_couponcode k JOIN gone ON gone.code_id = k.id
    ), freed AS (
        UPDATE loyalty_couponcode k SET state = 'free', customer_id = NULL, issue = NULL, issued_at = NULL,
            valid_from = NULL, valid_until = NULL
        FROM gone WHERE k.id = gone.code_id
    )
    SELECT customer_id, state FROM before
"""  # noqa: S608

OPEN = """
    SELECT r.id, r.coupon_id,
        EXISTS (SELECT FROM channels_delivery d WHERE d.message_id = r.message_id AND d.occurrence = r.occurrence
                AND d.state = 'planned' AND d.reason = 'no_code'),
        NOT EXISTS (SELECT FROM channels_delivery d WHERE d.message_id = r.message_id AND d.occurrence = r.occurrence
                    AND d.state IN ('planned', 'calling'))
    FROM loyalty_coderun r WHERE r.closed_at IS NULL ORDER BY r.id
"""
CLOSE = "UPDATE loyalty_coderun SET closed_at = %(at)s WHERE id = ANY(%(runs)s)"

# What the gate asks of each row's own code.
STANDING = """
    SELECT t.code_id, r.message_id, r.occurrence, k.state, k.valid_until FROM loyalty_deliverycode t
    JOIN loyalty_coderun r ON r.id = t.run_id JOIN loyalty_couponcode k ON k.id = t.code_id
    WHERE t.code_id = ANY(%(codes)s)
"""
