"""Transactional messages: `publishing` what goes out, `calling` for one person, the `data` that came with the call."""
