"""django-post-office at the settings that were fastest of eight that were tried."""

import os

SECRET_KEY = "bench"
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["BENCH_HOST"],
        "PORT": os.environ["BENCH_PORT"],
        "USER": os.environ["BENCH_USER"],
        "PASSWORD": os.environ.get("BENCH_PASSWORD", ""),
        "NAME": os.environ["BENCH_NAME"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["BENCH_SMTP_PORT"])
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates"},
    {"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "NAME": "post_office"},
]
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "BATCH_SIZE": 5000,
    "BATCH_DELIVERY_TIMEOUT": 3600,
    "THREADS_PER_PROCESS": 20,
    "LOG_LEVEL": 0,
}
