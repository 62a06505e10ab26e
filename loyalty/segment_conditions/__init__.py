"""What segments can ask of points and tiers (`customers.segments.conditions.Condition`)."""
