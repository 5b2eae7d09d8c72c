"""Django's settings, read from the surroundings once at start-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from stamgast import env

_ROOMS = Path(__file__).parent
HOME = env.home()
SECRET_KEY = env.secret(HOME)
DEBUG = env.flag("STAMGAST_DEBUG")
ALLOWED_HOSTS = env.text("STAMGAST_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# Behind a proxy that speaks https to the world and plain http to us.
IS_HTTPS = env.flag("STAMGAST_HTTPS")
CSRF_TRUSTED_ORIGINS = [
    f"https://{host}" for host in ALLOWED_HOSTS if IS_HTTPS and host not in {"*", "[::1]"}
]

INSTALLED_APPS = [
    "stamgast",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "stamgast.api.middleware.ProgramsApart",
    "stamgast.web.middleware.WithoutNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "stamgast.web.middleware.MomentAndShop",
    "stamgast.web.middleware.LanguageOfUser",
    "stamgast.web.middleware.SignedInOnly",
    "stamgast.web.middleware.RefusalsInWords",
]
ROOT_URLCONF = "stamgast.urls"
AUTH_USER_MODEL = "stamgast.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
CSRF_FAILURE_VIEW = "stamgast.web.errors.form_expired"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_ROOMS / "web" / part / "templates" for part in ("design", "marketer", "member")],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stamgast.web.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "stamgast.web.design.tags",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    url = env.text("STAMGAST_DATABASE_URL")
    if not url:
        return {
            "ENGINE": "stamgast.database.sqlite3",
            "NAME": HOME / "stamgast.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                    "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456; "
                    "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY; "
                    "PRAGMA secure_delete=ON;"  # who is erased is gone from the file too
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "STAMGAST_DATABASE_URL must read postgresql://user:password@host:port/name"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [_ROOMS / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [_ROOMS / "web" / "design" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = HOME / "uploads"
UPLOAD_LIMIT = env.number("STAMGAST_UPLOAD_MB", 1024) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_COOKIE_NAME = "stamgast_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],  # Vega sets styles on the drawing it makes
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS: list[str] = []

# The mail server, as smtp://user:password@host:587; empty: that of the settings screen.
SMTP_URL = env.text("STAMGAST_SMTP_URL")
# What a mail provider proves itself with when it calls us; empty: that made on the settings screen.
MAIL_HOOK_SECRET = env.text("STAMGAST_MAIL_HOOK_SECRET")

# How much the analytic engine may take when it reads, scores and imports.
ENGINE_MEMORY = env.text("STAMGAST_ENGINE_MEMORY", "700MB")
ENGINE_THREADS = env.number("STAMGAST_ENGINE_THREADS", 2)
# May webhooks go to addresses of one's own network, and without https?
WEBHOOKS_PRIVATE = env.flag("STAMGAST_WEBHOOKS_PRIVATE")
LOG_LEVEL = env.text("STAMGAST_LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"without_tokens": {"()": "stamgast.web.logs.WithoutTokens"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_tokens"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
}
