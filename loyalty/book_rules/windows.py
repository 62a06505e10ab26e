"""When coupons were redeemed, and the windows that their days make (number 8 of loyalty.md).

Days of a coupon may be moved later, so a redemption keeps the window that it was checked by (coupons/windows.py). Those
that were made before it did have none, and are not asked.
"""

from django.utils.translation import gettext_lazy as _

from loyalty.book_rules.base import Invariant

WINDOWS = [
    Invariant(
        "windows",
        _("Nothing was redeemed outside the days of its code, or without a line outside its lease"),
        # A reservation is made inside them, and redeemed while it lasts or until it is swept. Found: minutes outside.
        """SELECT 'redemption', id, 0, ceil(extract(epoch FROM greatest(begins - at, at - ends)) / 60)::bigint FROM (
            SELECT r.id, coalesce((r.snapshot ->> 'reserved_at')::timestamptz, r.at) AS at,
                   (r.snapshot ->> 'valid_from')::timestamptz AS begins,
                   (r.snapshot ->> 'valid_until')::timestamptz - interval '1 microsecond' AS ends
            FROM loyalty_redemption r WHERE r.state IN ('reserved', 'redeemed') AND r.snapshot ? 'valid_until'
            UNION ALL
            SELECT r.id, r.at, (r.snapshot ->> 'reserved_at')::timestamptz,
                   (r.snapshot ->> 'reserved_until')::timestamptz + interval '2 hours'
            FROM loyalty_redemption r WHERE r.state = 'redeemed' AND r.snapshot ? 'reserved_until'
            UNION ALL
            SELECT r.id, r.at, l.issued_at - interval '5 minutes', l.expires_at + interval '5 minutes'
            FROM loyalty_tillsync t JOIN loyalty_redemption r ON r.id = t.redemption_id
            JOIN loyalty_tilllease l ON l.id = t.lease_id WHERE r.state = 'redeemed'
        ) AS seen WHERE at < begins OR at > ends""",
    ),
    Invariant(
        "coupon_days",
        _("The window of each coupon is from the start of its first local day to the end of its last"),
        # A midnight that the clocks skip is the next instant that there is: up to a day's difference is the clocks'.
        """SELECT 'coupon', c.id, to_char(c.ends_on, 'YYYYMMDD')::bigint,
               to_char((c.valid_until - interval '1 second') AT TIME ZONE c.time_zone, 'YYYYMMDD')::bigint
        FROM loyalty_coupon c
        WHERE (c.starts_on IS NULL) <> (c.valid_from IS NULL) OR (c.ends_on IS NULL) <> (c.valid_until IS NULL)
           OR (c.valid_from AT TIME ZONE c.time_zone)::date <> c.starts_on
           OR ((c.valid_until - interval '1 second') AT TIME ZONE c.time_zone)::date <> c.ends_on""",
    ),
]
