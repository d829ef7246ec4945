"""MAIL_ONLY_TO: whom an installation that is not production may write to, whatever addresses its data holds."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.utils.translation import gettext as _


def is_allowed(address: str, only_to: Sequence[str]) -> bool:
    """Return whether a list of addresses and domains (lower case) lets a mail go to an address; an empty one does.

    A domain, with or without "@" before it, stands for its own addresses, not for those of domains below it.
    """
    if not only_to:
        return True
    address = address.strip().lower()
    domain = address.rpartition("@")[2]
    return any(entry in (address, domain, f"@{domain}") for entry in only_to)


def refusal(address: str) -> str:
    """Return what is said of a mail that may not go out."""
    return _(
        "Địa chỉ không nằm trong MAIL_ONLY_TO của bản cài đặt này, nên thư không được gửi: %(address)s"
    ) % {"address": address}


def is_entry(entry: str) -> bool:
    """Return whether an entry of the list is an address or a domain."""
    name, _at, domain = entry.rpartition("@")
    try:
        if name:
            validate_email(entry)
        else:
            validate_domain_name(domain)
    except ValidationError:
        return False
    return True
