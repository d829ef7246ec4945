from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """What every page shows of the installation: whether its data are made up."""
    return {"is_demo": settings.DEMO}
