"""All settings, by section. Everything that differs between installations comes from the environment;
a variable NAME may also be given as a file by NAME_FILE (containers' secrets)."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from config import static_files
from config.embedded import runtime
from config.environment import Environment

env = Environment()

# --- Where things are ---

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("STAMMKUNDE_VAR", default=str(BASE_DIR / "var")))
EMBEDDED = runtime.Runtime(VAR_DIR, throwaway=env.bool("EMBEDDED_THROWAWAY", default=False))
PORT = env.int("PORT", default=8000)

# --- Processes of `up` on one machine ---

WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WORKER_PROCESSES = env.int("WORKER_PROCESSES", default=2)
ADMIN_EMAIL = env.str("ADMIN_EMAIL", default="admin@stammkunde.example")

# --- Security ---

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or EMBEDDED.secret_key()
# Old keys, newest first: links and sessions signed with them stay valid after a change of SECRET_KEY.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys the hashes of suppressed addresses, which cannot be made anew: it must never change. Empty: SECRET_KEY.
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", default="")
# Who was erased, outside of the database: a restored backup is compared with it. Empty: no such file.
ERASURE_JOURNAL = env.str("ERASURE_JOURNAL", default=str(VAR_DIR / "erasures.txt"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The number of proxies that append to X-Forwarded-For: 0 trusts the socket's address only.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Hosts that config/http.py may call though they are none of the public internet: `name` or `name:port`.
OUTGOING_HOSTS = env.list("OUTGOING_HOSTS", default=[])
# Push services besides those of Google, Mozilla, Apple and Microsoft, as `name` or `name:port`.
PUSH_HOSTS = env.list("PUSH_HOSTS", default=[])
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Applications ---

INSTALLED_APPS = [
    "config",
    "customers",
    "channels",
    "loyalty",
    "campaigns",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "ninja",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.calls.CallsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.language.StaffLanguageMiddleware",
    "config.staff_zone.StaffZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.fragments.SignInAgainMiddleware",
    "config.not_allowed.NotAllowedMiddleware",
    "config.nul.NulMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.display.context",
                "config.pages.navigation.context",
            ]
        },
    }
]

# --- Database ---

EMBEDDED_SERVICES = ["postgres", "valkey"]
if env.str("DATABASE_URL", default=""):
    DATABASE = env.db_url("DATABASE_URL")
    EMBEDDED_SERVICES.remove("postgres")
else:
    DATABASE = EMBEDDED.database()
DATABASES = {"default": DATABASE | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

# --- Cache, broker, workers ---

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="")
if CELERY_BROKER_URL:
    EMBEDDED_SERVICES.remove("valkey")
else:
    CELERY_BROKER_URL = EMBEDDED.broker_url()
# What all processes count together, such as calls of a public key. Without Redis each process counts for itself.
LIMITS_URL = env.str("LIMITS_CACHE_URL", default=CELERY_BROKER_URL.replace("redis+socket://", "unix://"))
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "limits": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": LIMITS_URL,
            "KEY_PREFIX": "limits",
        }
        if LIMITS_URL.startswith(("redis", "unix"))
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}
    ),
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_throttle": 1,
    # Whoever offers a task must not wait long for a broker that is away: the ticks find the rows anyway.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "queue_order_strategy": "priority",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A new connection for each task would cost more than a small task; config/celery.py drops those that are broken.
CELERY_DB_REUSE_MAX = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- Delivery ---

# How long a worker may hold a batch without a sign of life, in seconds: longer than a slice can last.
DELIVERY_LEASE = env.float("DELIVERY_LEASE", default=60)
# A provider whose slice takes longer than this, in seconds, gets one worker at a time.
DELIVERY_SLOW = env.float("DELIVERY_SLOW", default=5)
# The first wait after a broken line, in seconds; it doubles with each further one.
DELIVERY_BACK_OFF = env.float("DELIVERY_BACK_OFF", default=30)

# What providers report later comes in only with this secret, `user:password` of HTTP basic authentication. Some sign
# their reports besides. By these names for django-anymail.
ANYMAIL_KEYS = [
    "MAILERSEND_SIGNING_SECRET",
    "MAILGUN_WEBHOOK_SIGNING_KEY",
    "MAILTRAP_TRACKING_SECRET",
    "MANDRILL_WEBHOOK_KEY",
    "POSTAL_WEBHOOK_KEY",
    "RESEND_SIGNING_SECRET",
    "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",
    "UNISENDER_GO_API_KEY",
]
ANYMAIL = {"WEBHOOK_SECRET": env.list("ANYMAIL_WEBHOOK_SECRET", default=[])}
ANYMAIL["AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS"] = False  # channels/amazon_sns.py does, by config/http.py
ANYMAIL |= {name: key for name in ANYMAIL_KEYS if (key := env.str(f"ANYMAIL_{name}", default=""))}

# --- People ---

AUTH_USER_MODEL = "customers.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique, by a constraint on its lower case
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign_in"
# One address trying one account, so that nobody can lock a colleague out by guessing at her name.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "config.sign_in.account_name"
AXES_LOCKOUT_CALLABLE = "config.sign_in.locked"

# --- Campaigns ---

# A campaign for more people than this needs the approval of a second person.
APPROVAL_THRESHOLD = env.int("APPROVAL_THRESHOLD", default=1000)
# A run that could not begin in time, because the machine was off, waits for a human's decision after this.
LATE_AFTER = timedelta(minutes=env.int("LATE_AFTER_MINUTES", default=120))

# --- Behaviour ---

# How many calls a minute one address may make with a browser key.
BROWSER_CALLS_A_MINUTE = env.int("BROWSER_CALLS_A_MINUTE", default=300)

# How often the key of a till may redeem and take back in a day of its store.
TILL_KEY_CALLS_A_DAY = env.int("TILL_KEY_CALLS_A_DAY", default=5000)

# A cart in which nothing happens for so long was left behind.
CART_ABANDONED_AFTER_MINUTES = env.int("CART_ABANDONED_AFTER_MINUTES", default=60)
# How many days behaviour is kept, by kind of event; "other" is for all that are not named.
EVENT_KEEP_DAYS = {
    "page": 180,
    "screen": 180,
    "search": 400,
    "view": 400,
    "open": 400,
    "other": 1100,
} | env.json("EVENT_KEEP_DAYS", default={})

# --- Privacy ---

# How many days things are kept beside behaviour, by kind: the proof of a consent after it was withdrawn, what providers
# reported, lines that an import refused, answers to calls with an idempotency key ...
KEEP_DAYS = {
    "answers": 30,
    "carts": 400,
    "data_requests": 30,
    "erased": 1,
    "form_drafts": 90,
    "hook_calls": 30,
    "import_lines": 30,
    "inbox": 30,
    "opt_ins": 400,
    "proof": 1100,
    "push_subscriptions": 90,
    "reports": 90,
    "replies": 400,
    "sandbox_mails": 90,
    "service_calls": 400,
    "visitors": 400,
} | env.json("KEEP_DAYS", default={})

# --- Segments ---

# How many days it is kept who entered and left which segment; the sizes are kept for ever.
SEGMENT_CHANGES_KEEP_DAYS = env.int("SEGMENT_CHANGES_KEEP_DAYS", default=400)

# --- Language and time ---

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_THOUSAND_SEPARATOR = True

# --- The model admin's look: our teal, one step darker than its default so that white on it can be read ---

UNFOLD = {
    "SITE_TITLE": "Stammkunde",
    "SITE_HEADER": "Stammkunde",
    "SITE_SUBHEADER": _("Records and set-up"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("img/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}
    ],
    "SITE_DROPDOWN": [{"icon": "arrow_back", "title": _("Back to the daily work"), "link": "/"}],
    "SHOW_BACK_BUTTON": True,
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": []},
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(60% .118 184.704)",
            "600": "oklch(51.1% .096 186.391)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(33% .055 190)",
            "950": "oklch(27.7% .046 192.524)",
        }
    },
}

# --- Static files and uploads ---

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ADD_HEADERS_FUNCTION = static_files.add_headers
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_TEMP_DIR = None

# --- Imports ---

# A chunk is one transaction and one signal, which carries at most 10,000 ids.
IMPORT_CHUNK_LINES = min(env.int("IMPORT_CHUNK_LINES", default=10_000), 10_000)
IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", default=30)
IMPORT_KEEP_DAYS = env.int("IMPORT_KEEP_DAYS", default=30)
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=2_000_000_000)

# --- Logging: names of things, never of people ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
