"""The log of access: sign-ins, failures, locks, exports and downloads, kept append-only (DOMAIN §6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from accounts.audit.address import client_address
from accounts.audit.models import AccessLog
from accounts.clock import now

if TYPE_CHECKING:
    from accounts.models import User

USERNAME_KEPT = 150


def record(
    kind: AccessLog.Kind,
    *,
    request: HttpRequest | None = None,
    actor: User | None = None,
    username: str = "",
    what: str = "",
    at: datetime | None = None,
) -> AccessLog:
    """Append a line to the log and return it.

    The actor defaults to the person signed in to the request, the address is the request's, `at` (an aware
    instant) is now. `username` is for attempts by nobody known: what was typed. `what` names the thing
    exported, downloaded or printed, in the words of the screen.
    """
    if actor is None and request is not None and request.user.is_authenticated:
        actor = request.user
    return AccessLog.objects.create(
        kind=kind,
        at=at or now(),
        actor=actor,
        username=(username or (actor.username if actor else ""))[:USERNAME_KEPT],
        address=client_address(request) if request is not None else None,
        what=what,
    )


def _signed_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    record(AccessLog.Kind.SIGN_IN, request=request, actor=user)


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        what = getattr(request, "sign_out_reason", "")
        record(AccessLog.Kind.SIGN_OUT, request=request, actor=user, what=what)


def _failed(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    record(AccessLog.Kind.SIGN_IN_FAILED, request=request, username=credentials.get("username") or "")


def _locked(sender: Any, request: HttpRequest, username: str | None, **kwargs: Any) -> None:
    record(AccessLog.Kind.LOCKED, request=request, username=username or "")


def connect() -> None:
    """Write a line at each sign-in, sign-out, failure and lock; called when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit.signed_out")
    user_login_failed.connect(_failed, dispatch_uid="audit.failed")
    user_locked_out.connect(_locked, dispatch_uid="audit.locked")
