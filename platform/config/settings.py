"""All settings of Earshot. Everything that may differ between two machines comes through `config.env`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from config import database, env, mail, secrets

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = env.text("EARSHOT_ENV", "development") == "production"
TESTING = "pytest" in sys.modules
DEBUG = False

# Everything Earshot writes on this machine lies here, unless a setting below says otherwise.
HOME = env.folder("EARSHOT_HOME", (ROOT if (ROOT / "manage.py").exists() else Path.cwd()) / ".earshot")

SECRET_KEY = secrets.read_or_make("EARSHOT_SECRET_KEY", home=HOME, production=PRODUCTION)
# Wraps each client's data key; a comma-separated list, newest first, rotates it.
MASTER_KEYS = secrets.read_or_make("EARSHOT_MASTER_KEY", home=HOME, production=PRODUCTION).split(",")

ALLOWED_HOSTS = env.words("EARSHOT_HOSTS", () if PRODUCTION else ("*",))

# Each client gets a host name below this one.
CLIENT_DOMAIN = env.text("EARSHOT_CLIENT_DOMAIN", "localhost").strip(".").lower()
# How long a client whose deletion was confirmed can still be had back.
DELETION_GRACE_DAYS = env.integer("EARSHOT_DELETION_GRACE_DAYS", 30, low=0, high=3650)

# --- applications: shared ones live in the public schema, tenant ones in each client's schema ---
SHARED_APPS = [
    "tenants",  # before django_tenants: its migrate_schemas wraps that one's
    "django_tenants",
    "kernel",
    "kernel.queue",
    "analytics.listening.catalogue",
    "analytics.journey.streams",
    "analytics.listening.samples",
    "analytics.language.state",
    "analytics.language.registry",
    "api",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.admin",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
TENANT_APPS = [
    "kernel.jobs",
    "analytics.sources",
    "analytics.listening",
    "analytics.mentions",
    "analytics.privacy",
    "analytics.language",
    "analytics.language.vision",
    "analytics.language.aspects",
    "analytics.language.corrections",
    "analytics.language.tuning",
    "analytics.insights",
    "analytics.insights.context",
    "analytics.influence",
    "analytics.foresight",
    "analytics.topics",
    "analytics.reports",
    "analytics.journey",
]
INSTALLED_APPS = SHARED_APPS + [app for app in TENANT_APPS if app not in SHARED_APPS]

TENANT_MODEL = "tenants.Client"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
AUTH_USER_MODEL = "tenants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "api.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.ClientDomain",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
APPEND_SLASH = False
CSRF_FAILURE_VIEW = "api.errors.csrf_failure"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data ---
_url = env.secret("DATABASE_URL")
DATABASES = {
    "default": database.from_url(_url, owner=env.text("EARSHOT_DATABASE_OWNER"))
    if _url
    else database.embedded(HOME / "postgres", durable=not TESTING),
}
# Further clusters, to which single clients' schemas are given; all else is in the first.
DATABASES["default"]["CLUSTERS"] = database.clusters(owner=env.text("EARSHOT_DATABASE_OWNER"))
EARSHOT_CLUSTER_OF = "tenants.clusters.cluster_of"
DATABASES["default"] |= database.sessions()
DATABASES["default"].setdefault("OPTIONS", {}).update(database.session_options())
DATABASES["default"]["TEST"] = {"NAME": env.text("EARSHOT_TEST_DATABASE", "test_earshot")}
# A database in which injected SQL could leave its client is refused, not only warned of.
DATABASES["default"]["MUST_BE_HARDENED"] = env.flag("EARSHOT_REQUIRE_HARDENED", PRODUCTION)
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# Uploaded files and rendered reports; one folder per client below it.
FILES_ROOT = env.folder("EARSHOT_FILES", HOME / "files")
# What is worked out once and can be worked out again: the matcher's machine code.
CACHE_ROOT = env.folder("EARSHOT_CACHE", HOME / "cache")
# Hosts a feed may be read from although they resolve to a private address (an intranet, a test).
PRIVATE_FEED_HOSTS = env.words("EARSHOT_PRIVATE_FEED_HOSTS")

# --- the queue: "" is PostgreSQL itself; amqp:// and redis:// are relayed to ---
BROKER_URL = env.secret("BROKER_URL") or ""
EARSHOT_TENANT_ENTER = "tenants.lifecycle.serving.enter_for_work"

# Posts of shared public streams that are kept a day, with nobody's name, for previews; 0 keeps none.
SAMPLE_PER_DAY = env.integer("EARSHOT_SAMPLE_PER_DAY", 2_000, low=0, high=50_000)

# --- understanding ---
LANGUAGE_ENGINE = env.text("EARSHOT_LANGUAGE_ENGINE", "compact")
# What serves where that one cannot be loaded: "compact", or "" for an error when a worker starts.
LANGUAGE_FALLBACK = env.choice("EARSHOT_LANGUAGE_FALLBACK", "", ("", "compact"))
LANGUAGE_EMOTION_MODEL = env.text("EARSHOT_EMOTION_MODEL")
LANGUAGE_IRONY_MODEL = env.text("EARSHOT_IRONY_MODEL")
LANGUAGE_FILL = env.choice("EARSHOT_LANGUAGE_FILL", "", ("", "compact"))
LANGUAGE_DEVICE = env.text("EARSHOT_LANGUAGE_DEVICE", "cpu")
LANGUAGE_THREADS = env.integer("EARSHOT_LANGUAGE_THREADS", 0, low=0, high=1024)
LANGUAGE_RUNTIME = env.choice("EARSHOT_LANGUAGE_RUNTIME", "auto", ("auto", "torch", "onnx"))
LANGUAGE_ABSTAIN_BELOW = env.integer("EARSHOT_LANGUAGE_ABSTAIN_BELOW", 0, low=0, high=100) / 100
LANGUAGE_RESCORE = env.choice("EARSHOT_LANGUAGE_RESCORE", "auto", ("auto", "manual"))
# Folders with models that look at images; without any, the alternative texts that came with a post are all there is.
IMAGE_LABELS_MODEL = env.text("EARSHOT_IMAGE_LABELS_MODEL")
IMAGE_TEXT_MODEL = env.text("EARSHOT_IMAGE_TEXT_MODEL")
IMAGE_CAPTION_MODEL = env.text("EARSHOT_IMAGE_CAPTION_MODEL")
# Called, by their dotted paths, before a worker takes its first message.
EARSHOT_BEFORE_WORK = [
    "analytics.language.checks.load_before_work",
    "analytics.language.registry.services.remember_before_work",
]

# --- people ---
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "tenants.people.passwords.MaximumLengthValidator"},
]
AUTHENTICATION_BACKENDS = ["tenants.people.backend.Backend"]
SESSION_ENGINE = "tenants.people.session_store"
# A session ends after this long without a request, and in any case after SESSION_LONGEST.
SESSION_COOKIE_AGE = 60 * env.integer("EARSHOT_SESSION_IDLE_MINUTES", 120, low=1)
SESSION_LONGEST = timedelta(hours=env.integer("EARSHOT_SESSION_HOURS", 12, low=1))
# The prefix has browsers refuse it from any other host, and without TLS.
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
SESSION_COOKIE_SAMESITE = "Lax"
# For the forms of the admin; the API has a token of its own.
CSRF_USE_SESSIONS = True
PASSWORD_RESET_TIMEOUT = 2 * 60 * 60
# Where links in e-mails lead: the front end that people sign in to.
PORTAL_URL = env.text("EARSHOT_PORTAL_URL") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if PRODUCTION and ALLOWED_HOSTS else "http://localhost:8000"
)
SIGN_UP_OPEN = env.flag("EARSHOT_SIGN_UP", False)

# --- e-mail ---
_mail = mail.from_url(env.secret("EARSHOT_EMAIL_URL") or ("" if PRODUCTION else f"file://{HOME}/mail"))
EMAIL_BACKEND, EMAIL_FILE_PATH = _mail.backend, _mail.folder
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.host, _mail.port, _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.starttls, _mail.tls, 30
EMAIL_FROM = env.text("EARSHOT_EMAIL_FROM", "no-reply@localhost")

# The plan that a new agency gets; "" is none, and so no limits.
DEFAULT_PLAN = env.text("EARSHOT_DEFAULT_PLAN")

# --- the edges ---
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "static/"
# Served from the installed packages; nothing is collected first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
UPLOAD_MAX_BYTES = env.integer("EARSHOT_UPLOAD_MAX_BYTES", 512 * 1024 * 1024, low=1)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("EARSHOT_BEHIND_PROXY") else None

RATE_LIMIT_PER_MINUTE = env.integer("EARSHOT_RATE_LIMIT", 600, low=1)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.ApiKeyAuthentication",
        "api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.DenyUnlessDeclared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.KeyThrottle"],
    "EXCEPTION_HANDLER": "api.errors.handle",
    "UNAUTHENTICATED_USER": None,
    # `?format=` would otherwise be taken by the framework before an unknown parameter can be named.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "DEFAULT_GENERATOR_CLASS": "api.schema.Generator",
    "OAS_VERSION": "3.1.1",
    "TITLE": "Social listening API",
    "VERSION": "1",
    "DESCRIPTION": "Listen for brands in public posts, and read what was heard: mentions, insights, influence, "
    "forecasts and reports. One client's things are under `/api/v1/clients/{client}/`, the agency's own beside them. "
    "Send an API key as a bearer token. Every error is a problem document (RFC 9457).",
    "SERVERS": [{"url": "/", "description": "This host"}],
    "TAGS": [
        {"name": "clients", "description": "The agency's customer accounts, each with a database schema of its own."},
        {"name": "portfolio", "description": "All clients at a glance, and what is typical of them."},
        {"name": "queries", "description": "What a client listens for."},
        {"name": "imports", "description": "Files of posts on their way in."},
        {"name": "feeds", "description": "RSS and Atom feeds that are read again and again."},
        {"name": "jobs", "description": "Long work, and how far it is."},
        {"name": "mentions", "description": "Posts that matched a query, protected and understood."},
        {"name": "corrections", "description": "What people say that mentions mean, and what they should look at."},
        {"name": "tuning", "description": "A client's own lexicon, and its own calibration of the engine."},
        {"name": "models", "description": "What reads mentions: data, licences, scores, bias and failures."},
        {"name": "insights", "description": "Counts, sentiment, share of voice and charts."},
        {"name": "topics", "description": "What mentions are about: topics, keyphrases and hashtags."},
        {"name": "calendar", "description": "Holidays, feasts and own events, beside which figures are read."},
        {"name": "influence", "description": "Who carries the conversation."},
        {"name": "forecasts", "description": "What the next days may bring."},
        {"name": "reports", "description": "White-labelled PDFs."},
        {"name": "exports", "description": "All of a client's data, to take away."},
        {"name": "privacy", "description": "What was done about personal data."},
        {"name": "branding", "description": "Names, colours and logos of reports."},
        {"name": "agency", "description": "The agency itself."},
        {"name": "people", "description": "Members and their roles, and invitations by e-mail."},
        {"name": "session", "description": "Signing in, passwords, two-factor authentication; for people, not keys."},
        {"name": "api keys", "description": "What programs sign in with."},
        {"name": "usage", "description": "What is used of the agency's plan."},
        {"name": "audit", "description": "Who did what."},
        {"name": "service", "description": "Health and description of the service itself."},
    ],
    # Choices stay where they are used: a shared name for each would say less.
    "POSTPROCESSING_HOOKS": [],
    "SORT_OPERATIONS": False,
    "COMPONENT_SPLIT_REQUEST": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

LOGGING_CONFIG = "kernel.logs.configure"
LOGGING = {"level": env.text("EARSHOT_LOG_LEVEL", "INFO"), "json": env.flag("EARSHOT_LOG_JSON", PRODUCTION)}
