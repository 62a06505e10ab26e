"""What campaigns tell, as `customers.signals` does.

`runs_finished` has ids of `Occurrence`: nobody of the run is on the way any more. It is told once of each run, also of
one that goes on later by a fallback.
"""

from django.dispatch import Signal

runs_finished = Signal()
