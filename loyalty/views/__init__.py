"""Pages of points, coupons and their books, for staff."""
