"""The settings of production, and a middleware that counts."""

import sys

# As where only requirements.txt is installed: structlog loads it where it finds it.
sys.modules["rich"] = None  # type: ignore[assignment]

from config.settings import *  # noqa: E402, F403
from config.settings import MIDDLEWARE  # noqa: E402

MIDDLEWARE = ["tests.bench.counting.CountingMiddleware", *MIDDLEWARE]
