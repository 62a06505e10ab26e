"""The real settings with a database of their own and one more address, for what is measured beside us."""

from config.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "bench_ingest"  # noqa: F405
SECRET_KEY = "only-for-measuring"
ROOT_URLCONF = "benchmarks._orm_create"
