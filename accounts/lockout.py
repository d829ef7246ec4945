"""Too many wrong passwords lock the account for a while; counted in the database by axes (DOMAIN §6)."""

from __future__ import annotations

from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.clock import now
from accounts.models import User, username_key
from accounts.pages import page_context


def counted_username(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """Return the name under which failures are counted: "ThuKy" and "thuky" are one account."""
    typed = (credentials or {}).get("username") or request.POST.get("login")
    return username_key(typed) if typed else None


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any]) -> HttpResponse:
    """Return the page that says the account is locked, until when at the latest, and whom to ask."""
    cool_off = get_cool_off(request)
    minutes = round(cool_off.total_seconds() / 60) if cool_off else 0
    context = {**page_context(request), "failures": settings.AXES_FAILURE_LIMIT, "minutes": minutes}
    return render(request, "account/locked.html", context, status=429)


def is_locked(user: User) -> bool:
    """Return whether the account is locked at present."""
    attempts = AccessAttempt.objects.filter(username=username_key(user.username))
    if cool_off := get_cool_off():
        attempts = attempts.filter(attempt_time__gte=now() - cool_off)
    total = attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
    return bool(total >= settings.AXES_FAILURE_LIMIT)


def refusal(request: HttpRequest, user: User) -> HttpResponse | None:
    """Return the page that says the account is locked, if it is: for doors that axes does not stand at."""
    return locked_out(request, HttpResponse(), {"username": user.username}) if is_locked(user) else None


def unlock(user: User) -> None:
    """Forget the failures of the account: its person may sign in at once."""
    reset(username=username_key(user.username))
