"""Contests: rules that stay, entries that are counted once, and draws that anybody can repeat."""
