"""Stages of the demo shop (`customers.demo_shop.Stage`)."""
