"""Calls of the API about points, rewards, coupons and the till (customers/api/routers.py)."""
