"""What channels tells the apps above, with `ids`, `at` and `origin` as in customers/signals.py.

`delivery_events_recorded` says of which `kinds` they are besides, so that who waits for others asks nothing.
`deliveries_planned` has ids of new rows of one run, in the transaction that plans them; `deliveries_called` of those
that enter `calling`, in the transaction that says so: only rows whose `context` says something.
"""

from django.dispatch import Signal

consents_changed = Signal()
delivery_events_recorded = Signal()
deliveries_planned = Signal()
deliveries_called = Signal()
