"""Segments: conditions that apps register, the rule tree, its compiler, its count and its words."""
