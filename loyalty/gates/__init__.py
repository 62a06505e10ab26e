"""Reasons of this app not to send, one file each (`channels.arbiter.registry.Gate`)."""
