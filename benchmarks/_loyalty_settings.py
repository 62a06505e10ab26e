"""The settings of the measurements with the database of benchmarks/loyalty.py, for its web processes too."""

from benchmarks.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "bench_loyalty"  # noqa: F405
