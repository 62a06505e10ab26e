"""What loyalty tells the apps above, with `ids`, `at` and `origin` as in customers/signals.py.

`points_booked` has ids of Entry, `coupons_issued` of Code, `coupons_redeemed` and `coupons_reversed` of Redemption;
`tiers_changed` has those of the TierPeriods that began, `tier_falls_announced` of those that will end with a fall.
"""

from django.dispatch import Signal

points_booked = Signal()
coupons_issued = Signal()
coupons_redeemed = Signal()
coupons_reversed = Signal()
tiers_changed = Signal()
tier_falls_announced = Signal()
