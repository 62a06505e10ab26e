"""Forms of messages, consent and providers."""
