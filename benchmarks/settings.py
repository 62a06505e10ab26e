"""The real settings with a database of their own, which the measurement throws away."""

from config.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "bench_send"  # noqa: F405
SECRET_KEY = "only-for-measuring"
