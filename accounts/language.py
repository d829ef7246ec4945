"""The languages one can choose, each named in the language of the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def choices(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the languages for the theme's menu."""
    return [{"code": code, "name_local": name} for code, name in settings.LANGUAGES]
