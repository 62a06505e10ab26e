"""Kaufhaus Linden, the invented department store that every page of a fresh installation shows."""
