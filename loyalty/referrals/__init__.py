"""Customers recruit customers: rules, codes, claims, and the rewards that follow from orders."""
