"""Calls of the API about points and rewards (customers/api/routers.py)."""
