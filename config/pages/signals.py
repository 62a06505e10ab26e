"""What pages tell upward."""

from django.dispatch import Signal

# Somebody takes a list out as a file: user, page (the list's key), filters (names of what narrowed it), at.
list_exported = Signal()
