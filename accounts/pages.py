"""What the theme's templates need on a page outside the admin's own views."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of a page in the theme."""
    return admin.site.each_context(request)
