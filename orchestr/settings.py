"""One settings file that fails loudly. Everything that differs between machines comes by environment.

Without `DATABASE_URL` the file `$ORCHESTR_DATA/environment` (written by `make run`, mode 0600) is
read, so that `manage.py` commands find the embedded servers.
"""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("ORCHESTR_DATA", BASE_DIR / "var")).resolve()


def _environment() -> dict[str, str]:
    found = dict(os.environ)
    written = DATA_DIR / "environment"
    if "DATABASE_URL" not in found and written.is_file():
        for line in written.read_text().splitlines():
            name, _, value = line.partition("=")
            if name and not name.startswith("#"):
                found.setdefault(name, value)
    return found


ENV = _environment()
TRANSACTION_S = int(ENV.get("ORCHESTR_TRANSACTION_S", "300"))  # the longest a transaction may take


def _secret_key() -> str:
    if key := ENV.get("ORCHESTR_SECRET_KEY"):
        return key
    path = Path(ENV.get("ORCHESTR_SECRET_KEY_FILE", DATA_DIR / "secret-key"))
    if path.is_file():
        return path.read_text().strip()
    raise ImproperlyConfigured(f"No secret key: set ORCHESTR_SECRET_KEY or write one to {path}.")


def database(url: str) -> dict[str, object]:
    """A PostgreSQL URL as Django wants it; `?host=/run/dir` names a unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must be a PostgreSQL URL.")
    query = dict(parse_qsl(parts.query))
    # Plans of prepared statements are made once: all of ours find rows by index, few or many (orchestr/prepared.py).
    limits = "-c statement_timeout=60000 -c lock_timeout=15000 -c plan_cache_mode=force_generic_plan"
    # The sealer looks for events as far back as twice that: who began earlier has committed by then.
    limits += f" -c transaction_timeout={TRANSACTION_S * 1000}"
    # Only what asks for it is prepared: Django turns all of it off unless there is a threshold.
    options: dict[str, object] = {"options": f"-c timezone=UTC {limits}", "prepare_threshold": 1 << 30}
    options["application_name"] = ENV.get("ORCHESTR_PROCESS", "orchestr")  # the row history tells it
    if pool := int(ENV.get("ORCHESTR_POOL", "0")):
        options["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": query.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": 0 if pool else int(ENV.get("ORCHESTR_CONN_MAX_AGE", "0")),
        "CONN_HEALTH_CHECKS": not pool,
        "OPTIONS": options,
        "ATOMIC_REQUESTS": False,
    }


SECRET_KEY = _secret_key()
DEBUG = ENV.get("ORCHESTR_DEBUG") == "1"
APP_ROLE = ENV.get("ORCHESTR_APP_ROLE", "orchestr_app")
DATABASE_URL = ENV.get("DATABASE_URL", "")
if not DATABASE_URL:
    raise ImproperlyConfigured("No DATABASE_URL: `make run` sets up an embedded server, or name your own.")
_as_owner = ENV.get("ORCHESTR_ROLE") == "owner" and ENV.get("DATABASE_OWNER_URL")
DATABASES = {"default": database(_as_owner or DATABASE_URL)}
BROKER_URL = ENV.get("BROKER_URL", "")
CHANNEL_URL = ENV.get("CHANNEL_URL", BROKER_URL)
KEY_PREFIX = ENV.get("ORCHESTR_KEY_PREFIX", "orchestr")

PUBLIC_URL = ENV.get("ORCHESTR_PUBLIC_URL", f"http://{ENV.get('HOST', '127.0.0.1')}:{ENV.get('PORT', '8000')}").rstrip(
    "/"
)
ALLOWED_HOSTS = ENV.get("ORCHESTR_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in ENV.get("ORCHESTR_ORIGINS", "").split(",") if origin]
ROOT_URLCONF = "orchestr.urls"
ASGI_APPLICATION = "orchestr.asgi.application"
AUTH_USER_MODEL = "orchestr.Account"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_NAME = "Orchestr"
DEMO = ENV.get("ORCHESTR_DEMO") == "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "django_htmx",
    "guardian",
    "axes",
    "heroicons",
    "django_structlog",
    "orchestr",
    "reviews",
    "audit.apps.AuditConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "orchestr.doors.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

# What the agents' door needs of them: it has no session, no forms and no language (see api/asgi.py).
API_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

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
                "reviews.navigation.navigation",
            ],
        },
    },
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLE_ADMIN = False

SESSION_ENGINE = "orchestr.people.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "reviews.problems.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
HTTPS = ENV.get("ORCHESTR_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Without a mail server notices stay in the app.
DEFAULT_FROM_EMAIL = ENV.get("ORCHESTR_MAIL_FROM", "orchestr@localhost")
MAILERS: dict[str, dict[str, object]] = {}
if mail_host := ENV.get("ORCHESTR_MAIL_HOST", ""):
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": mail_host,
            "port": int(ENV.get("ORCHESTR_MAIL_PORT", "587")),
            "username": ENV.get("ORCHESTR_MAIL_USER", ""),
            "password": ENV.get("ORCHESTR_MAIL_PASSWORD", ""),
            "use_tls": ENV.get("ORCHESTR_MAIL_TLS", "1") == "1",
            "timeout": 10,
        },
    }

# Pages to people on call also go to this address, signed (Standard Webhooks); the secret is `whsec_…`.
PAGING_WEBHOOK_URL = ENV.get("ORCHESTR_PAGING_WEBHOOK_URL", "")
PAGING_WEBHOOK_SECRET = ENV.get("ORCHESTR_PAGING_WEBHOOK_SECRET", "")
# Hosts, addresses and networks of one's own that addresses given by people may lead to: see orchestr/outbound.py.
OUTBOUND_ALLOW = [text.strip() for text in ENV.get("ORCHESTR_OUTBOUND_ALLOW", "").split(",") if text.strip()]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [CHANNEL_URL], "prefix": f"{KEY_PREFIX}.live"},
    }
}

# Requests an agent may make in a minute where its page does not say otherwise; 0: as many as it likes.
AGENT_REQUESTS_PER_MINUTE = int(ENV.get("ORCHESTR_AGENT_REQUESTS_PER_MINUTE", "30000"))
# Settable defaults of the product, in seconds unless they say otherwise.
CLAIM_S = int(ENV.get("ORCHESTR_CLAIM_S", "900"))
TAKE_BACK_S = float(ENV.get("ORCHESTR_TAKE_BACK_S", "10"))
SLA_SINGLE_S = int(ENV.get("ORCHESTR_SLA_SINGLE_S", str(4 * 3600)))
SLA_DUAL_S = int(ENV.get("ORCHESTR_SLA_DUAL_S", str(8 * 3600)))
EXPIRY_S = int(ENV.get("ORCHESTR_EXPIRY_S", str(72 * 3600)))
READ_BACK_S = float(ENV.get("ORCHESTR_READ_BACK_S", "10"))
CONTAINMENT_REVIEW_S = int(ENV.get("ORCHESTR_CONTAINMENT_REVIEW_S", str(24 * 3600)))
# How long the evidence of an incident is kept from being deleted, unless two people close it before.
EVIDENCE_HOLD_DAYS = int(ENV.get("ORCHESTR_EVIDENCE_HOLD_DAYS", "365"))
# How many days free text of settled work, and personal data, are kept; 0 is for ever. Events are always kept.
RETAIN_TEXT_DAYS = int(ENV.get("ORCHESTR_RETAIN_TEXT_DAYS", "0"))
RETAIN_PERSONAL_DAYS = int(ENV.get("ORCHESTR_RETAIN_PERSONAL_DAYS", "0"))
# How long after it was settled a published value is read again, to find what others have changed since.
DRIFT_AFTER_S = [int(each) for each in ENV.get("ORCHESTR_DRIFT_AFTER_S", "300,3600,86400").split(",") if each.strip()]
PAGE_NEXT_S = float(ENV.get("ORCHESTR_PAGE_NEXT_S", "600"))  # nobody has answered: the next person is called
ROTA_FEED_S = float(ENV.get("ORCHESTR_ROTA_FEED_S", "3600"))  # how often a calendar of shifts is read
DRILL_S = float(ENV.get("ORCHESTR_DRILL_S", "1800"))  # a drill ends by itself after so long
BEHAVIOUR_S = float(ENV.get("ORCHESTR_BEHAVIOUR_S", "10"))  # how often the breakers on behaviour count
LEASE_S = float(ENV.get("ORCHESTR_LEASE_S", "15"))
SWEEP_S = float(ENV.get("ORCHESTR_SWEEP_S", "2"))
REFRESH_S = float(ENV.get("ORCHESTR_REFRESH_S", "60"))  # how often a system's catalogue is read
RUN_SILENT_S = float(ENV.get("ORCHESTR_RUN_SILENT_S", "3600"))  # then a run without a sign of life is stopped
FULL_SWEEP_S = float(ENV.get("ORCHESTR_FULL_SWEEP_S", "600"))  # how often all of it, not what changed alone

# Large exports of the audit log: where their files are (web and worker read and write it), and how long they are kept.
EXPORTS_DIR = ENV.get("ORCHESTR_EXPORTS_DIR", str(DATA_DIR / "exports"))
EXPORTS_KEEP_DAYS = float(ENV.get("ORCHESTR_EXPORTS_KEEP_DAYS", "7"))

# The sealed log: where its private key is, how often the sealer looks, and the witnesses that keep its checkpoints.
SEAL_KEY_FILE = ENV.get("ORCHESTR_SEAL_KEY_FILE", str(DATA_DIR / "secrets" / "audit-key"))
SEAL_S = float(ENV.get("ORCHESTR_SEAL_S", "0.5"))
WITNESS_DIR = ENV.get("ORCHESTR_WITNESS_DIR", "")
WITNESS_S = float(ENV.get("ORCHESTR_WITNESS_S", "60"))
WITNESS_MAIL = [text.strip() for text in ENV.get("ORCHESTR_WITNESS_MAIL", "").split(",") if text.strip()]
WITNESS_MAIL_S = float(ENV.get("ORCHESTR_WITNESS_MAIL_S", "86400"))

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Tracebacks without local variables: those of a sign-in or a connector hold secrets.
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["timestamp", "event", "request_id"]),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": ENV.get("ORCHESTR_LOG_LEVEL", "WARNING")},
    # Who failed to sign in is on record; the log would name them, and say what their browser says of itself.
    "loggers": {"axes": {"level": "ERROR"}},
}
# Where somebody sits is personal data, and the header that tells it can be forged; the trail names accounts.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# Plain HTTP is for loopback; without a mail server there is no mailer on purpose.
SILENCED_SYSTEM_CHECKS = ([] if HTTPS else ["security.W004", "security.W008", "security.W012", "security.W016"]) + (
    [] if MAILERS else ["mail.W001"]
)
