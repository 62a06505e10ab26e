"""What segments can ask of points, tiers and coupons (`customers.segments.conditions.Condition`)."""
