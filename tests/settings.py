"""The real settings, with only what a test run needs otherwise."""

from config.settings import *  # noqa: F403

SECRET_KEY = "only-for-tests"
SUPPRESSION_KEY = ""
ERASURE_JOURNAL = ""
SECRET_KEY_FALLBACKS = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES["limits"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
