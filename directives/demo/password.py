"""The one password of all demo accounts."""

from __future__ import annotations

import os
import secrets

from django.conf import settings


def demo_password() -> str:
    """Return DEMO_PASSWORD, else the password kept in VAR_DIR (mode 0600); at first a generated one is put there."""
    given = os.environ.get("DEMO_PASSWORD", "")
    path = settings.VAR_DIR / "demo_password"
    if given:
        return given
    if not path.exists():
        # Of all four kinds of characters, as the password rule asks, and easy to type.
        generated = f"Demo-{secrets.token_hex(4)}-{secrets.randbelow(9000) + 1000}"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(generated)
    return str(path.read_text())
