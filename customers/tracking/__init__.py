"""Behaviour as shops, apps and tills tell it: the Segment tracking API, from checked messages to facts."""
