"""What pages tell upward."""

from django.dispatch import Signal

# user, page (the list's key), query (its search and filters), at: somebody has taken a list out as a file
list_exported = Signal()
