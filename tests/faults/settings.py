"""The settings of the worker processes that fault tests kill: short leases, and places to hold them at."""

import os

from tests.settings import *  # noqa: F403

PAUSE_POINTS = os.environ["FAULTS_PAUSE_POINTS"]
DELIVERY_LEASE = float(os.environ["FAULTS_LEASE"])
DELIVERY_BACK_OFF = 0.2
DELIVERY_SLOW = float(os.environ.get("FAULTS_SLOW", "2"))
CELERY_IMPORTS = ["tests.faults.controls"]
