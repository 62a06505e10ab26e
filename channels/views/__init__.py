"""Pages of messages, consent and providers, for staff and for customers."""
