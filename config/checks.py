"""System checks of the installation, with ids and hints."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
# RFC 2606: no mail server takes these as a sender's.
RESERVED = (".example", ".invalid", ".test", ".localhost", "@localhost")
# What the return address of a mail adds before the @: see directives.reminders.verp.
LONGEST_MARK = 36
FILES = "directives.reminders.files.EmlFileBackend"


@register()
def time_zone(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E002: business dates are dates in Hà Nội."""
    if settings.TIME_ZONE == "Asia/Ho_Chi_Minh" and settings.USE_TZ:
        return []
    return [Error("TIME_ZONE must be Asia/Ho_Chi_Minh with USE_TZ on.", id="dondoc.E002")]


@register(Tags.database)
def database(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """dondoc.E003: a character type of C folds wrongly (TRAPS 13)."""
    if not databases or "default" not in databases:
        return []
    from django.db import connections

    found: list[CheckMessage] = []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT lower('ĐÀO')")
        if cursor.fetchone()[0] != "đào":
            found.append(
                Error(
                    "The database's character type does not know Vietnamese letters.",
                    hint="Create the database with LOCALE 'C.UTF-8' or another UTF-8 locale.",
                    id="dondoc.E003",
                )
            )
    return found


@register(Tags.database)
def serving_role(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """dondoc.E004: the role that serves could not switch the guards off."""
    if not databases or "default" not in databases:
        return []
    from accounts.audit.serving_role import faults

    return [
        Error(
            f"The database role that serves is unfit: {phrase}.",
            hint="DATABASE_URL names the run role, DATABASE_OWNER_URL the owner; `manage.py setup_roles` makes both.",
            id="dondoc.E004",
        )
        for phrase in faults()
    ]


def _mails_leave() -> bool:
    return bool(settings.EMAIL_BACKEND != FILES)


def _is_production() -> bool:
    return not (settings.DEMO or settings.DEBUG)


@register()
def site_address(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E005, dondoc.E006: the links in mails of a real installation lead to it, and are encrypted."""
    if not (_is_production() and _mails_leave()):
        return []
    if not settings.SITE_URL_IS_SET:
        return [
            Error(
                f"SITE_URL is not set: the links in mails would lead to {settings.SITE_URL}.",
                hint="Give SITE_URL the address that people open, e.g. https://dondoc.example.",
                id="dondoc.E005",
            )
        ]
    site = urlsplit(settings.SITE_URL)
    if site.hostname in THIS_MACHINE or (site.scheme == "https" and site.hostname):
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL}: passwords and links would travel unencrypted.",
            hint="Put a proxy with TLS in front and give SITE_URL its https address.",
            id="dondoc.E006",
        )
    ]


@register()
def sender(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E007: the sender is an address. dondoc.W001: one that servers take."""
    if not _mails_leave():
        return []
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    hint = "Give MAIL_FROM an address of your own domain that the mail server may send from."
    if not _is_address(address):
        return [
            Error(f"MAIL_FROM is no address: {settings.DEFAULT_FROM_EMAIL!r}.", hint=hint, id="dondoc.E007")
        ]
    if _is_production() and address.lower().endswith(RESERVED):
        return [Caution(f"MAIL_FROM is {address}, which no mail server knows.", hint=hint, id="dondoc.W001")]
    return []


@register()
def recipients(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E008: MAIL_ONLY_TO can be read. dondoc.W002: what is not production writes to nobody by mistake."""
    from accounts.allow_list import is_entry

    wrong = [entry for entry in settings.MAIL_ONLY_TO if not is_entry(entry)]
    if wrong:
        return [
            Error(
                f"MAIL_ONLY_TO: neither an address nor a domain: {', '.join(wrong)}.",
                hint="Separate by commas, e.g. MAIL_ONLY_TO=thu@dondoc.example,thunghiem.example.",
                id="dondoc.E008",
            )
        ]
    if settings.MAIL_ONLY_TO or _is_production() or not _mails_leave():
        return []
    return [
        Caution(
            "Mails leave an installation that is not production, to whatever addresses its data holds.",
            hint="Name in MAIL_ONLY_TO the domains or addresses that may get them, or leave EMAIL_URL out.",
            id="dondoc.W002",
        )
    ]


@register()
def bounces(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E011: mails can return to BOUNCE_ADDRESS. dondoc.E012: BOUNCE_URL names a mailbox that may be read.
    dondoc.W004: what returns is read by somebody."""
    from directives.reminders.inbox import faults

    found: list[CheckMessage] = []
    address, url = settings.BOUNCE_ADDRESS, settings.BOUNCE_URL
    local = address.rpartition("@")[0]
    # RFC 5321 allows 64 octets before the @; "+", an id of up to 18 digits, "." and the signature come on top.
    longest = 64 - LONGEST_MARK
    if address and (
        not _is_address(address) or not address.isascii() or "+" in local or len(local) > longest
    ):
        found.append(
            Error(
                f"BOUNCE_ADDRESS is no address that mails can return to: {address!r}.",
                hint=f"Give a plain address without '+', at most {longest} characters before the @, of a mailbox that"
                " also takes tra-lai+anything@…",
                id="dondoc.E011",
            )
        )
    if url and (wrong := faults(url)):
        found.append(
            Error(
                f"BOUNCE_URL: {'; '.join(wrong)}.",
                hint="maildir:///path or imaps://user:password@host/INBOX (special characters of the password as %XX).",
                id="dondoc.E012",
            )
        )
    if address and not url and _mails_leave():
        found.append(
            Caution(
                f"Mails return to {address}, but BOUNCE_URL names no mailbox: nobody learns which came back.",
                hint="Give BOUNCE_URL the mailbox that BOUNCE_ADDRESS delivers to.",
                id="dondoc.W004",
            )
        )
    return found


@register()
def provider(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E010: what was said of the OpenID Connect provider can work."""
    if not settings.OIDC_ISSUER:
        return []
    site = urlsplit(settings.OIDC_ISSUER)
    providers: dict[str, Any] = settings.SOCIALACCOUNT_PROVIDERS
    app = providers["openid_connect"]["APPS"][0]
    wrong = {
        f"OIDC_ISSUER is {settings.OIDC_ISSUER}: passwords would travel unencrypted.": not (
            site.hostname and (site.scheme == "https" or site.hostname in THIS_MACHINE)
        ),
        "OIDC_CLIENT_ID is not set.": not app["client_id"],
        f"OIDC_MATCH is {settings.OIDC_MATCH}.": settings.OIDC_MATCH not in ("email", "username"),
    }
    hint = "Give OIDC_ISSUER its https address, OIDC_CLIENT_ID what was registered, OIDC_MATCH email or username."
    return [Error(words, hint=hint, id="dondoc.E010") for words, holds in wrong.items() if holds]


@register()
def mail_window(**kwargs: Any) -> list[CheckMessage]:
    """dondoc.E013: the hours of sending and the pace can be read: else nothing would ever be sent."""
    from directives.reminders.window import hours

    found: list[CheckMessage] = []
    try:
        hours(settings.MAIL_WINDOW)
    except ValueError:
        found.append(
            Error(
                f"MAIL_WINDOW is {settings.MAIL_WINDOW!r}.",
                hint="Two times of Hà Nội, the first before the second, e.g. 07:30-17:30; empty for any hour.",
                id="dondoc.E013",
            )
        )
    if settings.MAIL_PER_MINUTE < 0:
        found.append(
            Error(
                f"MAIL_PER_MINUTE is {settings.MAIL_PER_MINUTE}.",
                hint="How many mails the relay takes a minute; 0 for no limit.",
                id="dondoc.E013",
            )
        )
    return found


@register(Tags.database)
def answers(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """dondoc.W003: an answer to a reminder reaches the secretariat."""
    if not databases or "default" not in databases or not _mails_leave():
        return []
    from django.db import connections

    from steering.models import Committee

    table = Committee._meta.db_table
    if table not in connections["default"].introspection.table_names():
        return []
    return [
        Caution(
            f"{committee.short_name} has no valid mailbox ({committee.mailbox or 'empty'}): answers to its"
            " mails go to MAIL_FROM.",
            hint="Enter the secretariat's mailbox on the screen of the committee.",
            id="dondoc.W003",
        )
        for committee in Committee.objects.only("short_name", "mailbox")
        if not _is_address(committee.mailbox)
    ]


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
