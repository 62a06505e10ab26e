"""Coupons: offers, codes, windows, redemptions (`coupons.redemptions.redeem(...)`)."""
