"""Settings: one file, everything from the environment, safe by default. docs/configuration.md lists the names."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp import constants as csp
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from config.formats.vi import formats

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- The installation -------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# Empty is refused by config.checks before anything is served.
SECRET_KEY = env.str("SECRET_KEY", default="")
DEMO = env.bool("DEMO", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
SITE_URL_IS_SET = bool(env.str("SITE_URL", default=""))
SITE_URL = (env.str("SITE_URL", default="") or "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
BEHIND_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname or "127.0.0.1", "127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
# How many proxies of ours stand in front: their entry in X-Forwarded-For is believed, no other.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "accounts.site.ThemeConfig",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "axes",
    "guardian",
    "simple_history",
    "django_structlog",
    "accounts.audit",
    "accounts",
    "steering",
    "directives",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "accounts.headers.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "accounts.middleware.CleanAddressMiddleware",
    "accounts.middleware.ActMiddleware",
    "accounts.middleware.IdleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.duties.DutiesMiddleware",
    "accounts.limit_middleware.LimitMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "accounts.context_processors.installation",
                "accounts.context_processors.session_clock",
                "directives.admin.reconciliation.banner",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database: the run role serves, the owner migrates ----------------------------------------------------------
# A pooler in transaction mode (pgbouncer) stands before DATABASE_URL: nothing may live longer than a transaction.
DATABASE_TRANSACTION_POOL = env.bool("DATABASE_TRANSACTION_POOL", default=False)


def _database(address: dict[str, Any]) -> dict[str, Any]:
    address |= {
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
    }
    address["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_TRANSACTION_POOL
    # A socket's directory comes as ?host=; as HOST `manage.py dbshell` finds it too.
    if "host" in address.setdefault("OPTIONS", {}):
        address["HOST"] = address["OPTIONS"].pop("host")
    # The pool opens its connections when a worker first asks, after the fork (TRAPS 19).
    if env.bool("DATABASE_POOL", default=False):
        address["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    else:
        address["CONN_MAX_AGE"] = env.int("DATABASE_MAX_AGE", default=60)
    return address


DATABASES = {"default": _database(env.db("DATABASE_URL", default="postgres:///dondoc"))}
# A streaming standby of it answers figures and exports (accounts/replica.py); by default there is none.
if env.str("REPLICA_URL", default=""):
    DATABASES["replica"] = _database(env.db("REPLICA_URL"))
    # Whoever waits for a machine that is gone waits for the page.
    DATABASES["replica"]["OPTIONS"].setdefault("connect_timeout", 2)
    DATABASE_ROUTERS = ["config.routers.ReplicaRouter"]
# The owner's credentials, for migrations; empty when one role both owns and serves, which is warned of.
DATABASE_OWNER = env.db("DATABASE_OWNER_URL", default="") if env.str("DATABASE_OWNER_URL", default="") else {}
# Whom the guards grant to and deny; never the owner, in whose name PostgreSQL checks the keys of tables.
RUN_ROLE = DATABASES["default"].get("USER", "")
if DATABASE_OWNER.get("USER", RUN_ROLE) == RUN_ROLE:
    RUN_ROLE = ""

# --- Broker, cache, jobs ----------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "accounts.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        # Two installations may share a server: their figures are kept apart.
        "KEY_PREFIX": f"dondoc-{DATABASES['default'].get('NAME', '')}",
        "OPTIONS": {"socket_connect_timeout": 0.3, "socket_timeout": 0.5},
    }
}

# --- Accounts and sign-in ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "accounts.backends.RoleBackend",
    "steering.backends.DatedObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.FourClassesValidator"},
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "change_password": "accounts.forms.PasswordChangeForm",
    "reauthenticate": "accounts.forms.PasswordAgainForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = False
# The link that a mail carries to set a password works so long, once.
PASSWORD_RESET_TIMEOUT = 3600 * env.int("PASSWORD_LINK_HOURS", default=72)
# Administrators and secretariats set up a second factor before they work; the demo is for looking at.
SECOND_FACTOR_REQUIRED = not DEMO
MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "accounts.second_factor_forms.CodeForm",
    "reauthenticate": "accounts.second_factor_forms.CodeAgainForm",
    "activate_totp": "accounts.second_factor_forms.ActivateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Đôn đốc"
# A code typed as it changes is still taken; none is taken twice (accounts/second_factor_forms.py).
MFA_TOTP_TOLERANCE = 1
# The ministry's OpenID Connect provider; without an issuer there is none.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="").rstrip("/")
OIDC_NAME = env.str("OIDC_NAME", default="tài khoản của Bộ")
OIDC_MATCH = env.str("OIDC_MATCH", default="email")
_origin = "/".join(OIDC_ISSUER.split("/")[:3])
SOCIALACCOUNT_ADAPTER = "accounts.oidc.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}
# By POST only (accounts/oidc_urls.py), so there is nothing to ask on a page of its own.
SOCIALACCOUNT_LOGIN_ON_GET = True
# Lockout is counted in the database by axes; allauth's own limits live in a cache and would not hold (TRAPS 20).
ACCOUNT_RATE_LIMITS = False
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = env.float("LOGIN_LOCK_HOURS", default=0.5)
# The account is locked wherever the guesses come from. Counting the address too, as axes.W006 recommends, would
# lock a whole office behind one address for one person's forgotten password.
AXES_LOCKOUT_PARAMETERS = ["username"]
# guardian.W001 looks for guardian's own backend by name; ours is its subclass.
SILENCED_SYSTEM_CHECKS = ["axes.W006", "guardian.W001"]
AXES_USERNAME_CALLABLE = "accounts.lockout.counted_username"
AXES_RESET_ON_SUCCESS = True
# The lock ends by itself: guesses made meanwhile do not prolong it.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Our own log of access is append-only; this one could be edited.
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Never kept with a failed attempt.
AXES_SENSITIVE_PARAMETERS = ["code", "password", "oldpassword", "password1", "password2"]
AXES_CLIENT_IP_CALLABLE = "accounts.audit.address.client_address"
IDLE_MINUTES = env.int("IDLE_MINUTES", default=15)
IDLE_MINUTES_ADMINISTRATOR = env.int("IDLE_MINUTES_ADMINISTRATOR", default=5)
# How often within a minute (failed sign-ins: ten minutes, forgotten passwords: an hour) by one person or visitor's
# address; the office behind one address is many people.
LIMITS = {
    "sign_in": env.int("LIMIT_SIGN_IN", default=50),
    "forgotten": env.int("LIMIT_FORGOTTEN", default=10),
    "upload": env.int("LIMIT_UPLOAD", default=20),
    "export": env.int("LIMIT_EXPORT", default=30),
    "download": env.int("LIMIT_DOWNLOAD", default=120),
}
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Whatever the browser does, half a day after the last activity nothing is left of a session.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = BEHIND_HTTPS and env.bool("SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if BEHIND_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No script stands in a page: each is a file of ours. Alpine, which the theme is built on, evaluates the attributes of
# its elements, and the theme writes some widths into the page (docs/decisions.md).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.SELF],
        "script-src": [csp.SELF, csp.UNSAFE_EVAL],
        "style-src": [csp.SELF, csp.UNSAFE_INLINE],
        "img-src": [csp.SELF, "data:"],
        "object-src": [csp.NONE],
        "base-uri": [csp.NONE],
        # A browser holds the redirect that follows a form to this, too.
        "form-action": [
            csp.SELF,
            *([_origin] if OIDC_ISSUER else []),
        ],
        "frame-ancestors": [csp.NONE],
    }
}

# --- History ----------------------------------------------------------------------------------------------------
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True
SIMPLE_HISTORY_ENFORCE_HISTORY_MODEL_PERMISSIONS = False

# --- Mail -------------------------------------------------------------------------------------------------------
# Without EMAIL_URL each mail becomes one .eml file under MAIL_DIR.
MAIL_DIR = Path(env.str("MAIL_DIR", default=str(VAR_DIR / "mail")))
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
    EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
    if vars()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "directives.reminders.punctual.PunctualBackend"
else:
    EMAIL_BACKEND = "directives.reminders.files.EmlFileBackend"
# Addresses and domains that mails may go to where it is not production; empty means everyone.
MAIL_ONLY_TO = [entry.strip().lower() for entry in env.list("MAIL_ONLY_TO", default=[]) if entry.strip()]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("MAIL_FROM", default="dondoc@dondoc.example")
# A mail whose sender was killed is sent again after it; one that takes longer is given up before, and tried later.
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=120)
MAIL_BATCH = env.int("MAIL_BATCH", default=50)
# The hours of Hà Nội in which mails go out on working days; empty: always. Hỏa tốc waits for none.
MAIL_WINDOW = env.str("MAIL_WINDOW", default="07:30-17:30")
# How many mails the relay takes a minute, from all processes together; 0: as many as there are.
MAIL_PER_MINUTE = env.int("MAIL_PER_MINUTE", default=0)
# Mails return to an address of their own below this one (off when empty); the mailbox is read every five minutes.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="").strip()
BOUNCE_URL = env.str("BOUNCE_URL", default="").strip()
# Whether members and chairs get the letter of the week.
WEEKLY_LETTERS = env.bool("WEEKLY_LETTERS", default=True)

# --- Files ------------------------------------------------------------------------------------------------------
MEDIA_ROOT = Path(env.str("FILES_DIR", default=str(VAR_DIR / "files")))
MEDIA_URL = ""
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
# ClamAV's daemon, tcp://host:3310 or unix:///path; uploads are not scanned without it.
CLAMD_URL = env.str("CLAMD_URL", default="")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- Language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
# The theme's date filters read these instead of the formats of the language.
DATE_INPUT_FORMATS = formats.DATE_INPUT_FORMATS
DATETIME_INPUT_FORMATS = formats.DATETIME_INPUT_FORMATS
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- Logs -------------------------------------------------------------------------------------------------------
from config.logging import configure  # noqa: E402

LOGGING = configure(json=env.bool("LOG_JSON", default=not DEBUG), level=env.str("LOG_LEVEL", default="INFO"))

DJANGO_STRUCTLOG_CELERY_ENABLED = True

# --- The theme --------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": _("Đôn đốc"),
    "SITE_HEADER": _("Đôn đốc"),
    "SITE_SUBHEADER": _("Nhiệm vụ của Ban Chỉ đạo"),
    "SITE_SYMBOL": "fact_check",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("accounts/favicon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_URL": None,
    "SHOW_LANGUAGES": True,
    "SCRIPTS": [lambda request: static("accounts/session.js")],
    "ACCOUNT": {
        "navigation": [
            {"title": _("Thư của tôi"), "link": reverse_lazy("own_mails")},
            {"title": _("Đổi mật khẩu"), "link": reverse_lazy("account_change_password")},
            {"title": _("Xác thực hai lớp"), "link": reverse_lazy("mfa_index")},
            {"title": _("Phiên làm việc"), "link": reverse_lazy("sessions")},
            {"title": _("Cách nhận thư"), "link": reverse_lazy("mail_preference")},
        ]
    },
    "STYLES": [lambda request: static("accounts/theme.css")],
    "LANGUAGES": {"navigation": "accounts.language.choices"},
    "SIDEBAR": {"navigation": "directives.admin.navigation.sidebar", "show_search": False},
    "DASHBOARD_CALLBACK": "directives.admin.landing.landing",
}
