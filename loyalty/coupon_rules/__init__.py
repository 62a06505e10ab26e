"""What coupons ask of a basket, one file each (`loyalty.coupon_rules.base.CouponRule`)."""
