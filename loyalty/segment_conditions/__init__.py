"""Conditions on coupons and points, one file each (`customers.segments.conditions.Condition`)."""
