"""Coupons in messages: a code is put aside when a delivery is planned, given when it is called, and freed when it never
arrived."""
