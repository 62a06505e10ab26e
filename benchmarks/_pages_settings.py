"""The settings of the measurements, for pages: static files by their plain names, as nothing has collected them."""

from benchmarks.settings import *  # noqa: F403

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
DATABASES["default"]["NAME"] = "bench_customers"  # noqa: F405
