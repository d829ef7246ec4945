"""The site of the floors: Django as it comes, on the same tables; past the guards, to measure a bare UPDATE."""

import os
from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import DATABASES, INSTALLED_APPS, TEMPLATES, env

_OURS = {"accounts.site.ThemeConfig", "unfold.contrib.filters", "unfold.contrib.simple_history"}
_STOCK = {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}
INSTALLED_APPS = [_STOCK.get(app, app) for app in INSTALLED_APPS if app not in _OURS]
MIDDLEWARE = [
    "tests.bench.counting.CountingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # An application that the models need does not start without.
    "allauth.account.middleware.AccountMiddleware",
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ROOT_URLCONF = "tests.bench.floor_site"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
_PROCESSORS = ("template.context_processors.request", "contrib.auth.context_processors.auth")
TEMPLATES = [
    {
        **TEMPLATES[0],
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                *(f"django.{name}" for name in _PROCESSORS),
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
_past_the_guards = env.db_url_config(os.environ["BENCH_SUPERUSER_URL"])
DATABASES = {
    "default": {
        **DATABASES["default"],
        "USER": _past_the_guards["USER"],
        "PASSWORD": _past_the_guards["PASSWORD"],
        "OPTIONS": {"options": "-c session_replication_role=replica"},
    }
}
