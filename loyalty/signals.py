"""What loyalty tells the apps above, with `ids`, `at` and `origin` as in customers/signals.py.

`points_booked` has ids of Entry, `coupons_issued` of Code, `coupons_redeemed` of Redemption.
"""

from django.dispatch import Signal

points_booked = Signal()
coupons_issued = Signal()
coupons_redeemed = Signal()
