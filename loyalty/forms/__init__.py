"""Forms of points, tiers and coupons, for staff."""
