"""The real settings, with only what a test run needs otherwise."""

from config.settings import *  # noqa: F403

SECRET_KEY = "only-for-tests"
SUPPRESSION_KEY = ""
SECRET_KEY_FALLBACKS = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
