"""What channels tells the apps above, with `ids`, `at` and `origin` as in customers/signals.py."""

from django.dispatch import Signal

consents_changed = Signal()
delivery_events_recorded = Signal()
