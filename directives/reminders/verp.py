"""The address a mail returns to: one for each mail, signed, so that what comes back there is known and not forged."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

# Mail servers may write the part before the @ in lower case: so no base64.
SIGNATURE_LENGTH = 16
_OURS = re.compile(rf"\+(\d{{1,18}})\.([0-9a-f]{{{SIGNATURE_LENGTH}}})\Z")


def return_address(message: int) -> str:
    """Return where a mail (its id) is returned to, `tra-lai+<id>.<signature>@…`; empty without BOUNCE_ADDRESS."""
    if not settings.BOUNCE_ADDRESS:
        return ""
    local, _at, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    return f"{local}+{message}.{_signature(message, settings.SECRET_KEY)}@{domain}"


def looks_like_ours(address: str) -> bool:
    """Return whether an address is below BOUNCE_ADDRESS, whoever signed it or not."""
    local, _at, domain = settings.BOUNCE_ADDRESS.lower().rpartition("@")
    found, _at, where = address.strip().lower().rpartition("@")
    return bool(local) and where == domain and found.startswith(f"{local}+")


def signed_for(addresses: Iterable[str]) -> int | None:
    """Return the id of the mail that the first rightly signed of these addresses is the return address of, or None.

    The older keys (SECRET_KEY_FALLBACKS) hold, too: a mail may come back days after it was sent.
    """
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    for address in addresses:
        found = _OURS.search(address.strip().lower().rpartition("@")[0])
        if found is None or not looks_like_ours(address):
            continue
        message = int(found[1])
        # All keys are tried whichever fits, and each in constant time.
        if sum(constant_time_compare(found[2], _signature(message, key)) for key in keys):
            return message
    return None


def _signature(message: int, key: str) -> str:
    signed = salted_hmac("directives.reminders.verp", str(message), secret=key, algorithm="sha256")
    return signed.hexdigest()[:SIGNATURE_LENGTH]
