"""What pages of points and coupons ask."""
