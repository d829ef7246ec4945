"""What an administrator looks after: the accounts and registers, and whether reminders and mails go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.audit.models import AccessLog
from accounts.clock import hanoi_date, start_of_day
from accounts.models import User
from directives.models import Message, ReminderRun
from directives.reminders.daily import is_missing
from directives.reminders.faults import open_faults

Text = str | Promise
# A queued mail goes out within minutes; after this long something stands still.
LATE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Sign:
    """One thing to know about the operation; `tone` as the chips."""

    label: Text
    text: Text
    tone: str = "none"
    icon: str = "info"
    url: str = ""


def signs(*, at: datetime) -> list[Sign]:
    """Return how reminders, mails and sign-ins stand at an instant, in a constant number of queries."""
    return [*_missing(at), _last_run(), *_faults(), *_mails(at), _locked(at), _accounts()]


def _missing(at: datetime) -> list[Sign]:
    if not is_missing(at=at):
        return []
    return [
        Sign(_("Nhắc việc hôm nay"), _("chưa chạy: kiểm tra tiến trình beat và worker"), "overdue", "error")
    ]


def _last_run() -> Sign:
    run = ReminderRun.objects.first()
    if run is None:
        return Sign(_("Nhắc việc"), _("chưa chạy lần nào"))
    figures = _("%(day)s: %(sent)d thư đã gửi, %(failed)d không gửi được") % {
        "day": f"{run.on:%d/%m/%Y}",
        "sent": run.sent,
        "failed": run.failed,
    }
    if run.finished_at is None:
        return Sign(
            _("Lần nhắc việc gần nhất"), _("%(figures)s, chưa xong") % {"figures": figures}, "late", "pending"
        )
    return Sign(_("Lần nhắc việc gần nhất"), figures, "late" if run.failed else "done", "notifications")


def _faults() -> list[Sign]:
    faults = open_faults(None)
    if not faults:
        return []
    told = _("%(count)d: xem nhật ký của tiến trình worker") % {"count": len(faults)}
    return [Sign(_("Nhắc việc chưa lập hoặc chưa soạn được"), told, "overdue", "error")]


def _mails(at: datetime) -> list[Sign]:
    counts = Message.objects.aggregate(
        queued=Count("pk", filter=Q(state=Message.State.QUEUED)),
        failed=Count("pk", filter=Q(state=Message.State.FAILED, resends__isnull=True)),
        since=Min("next_attempt_at", filter=Q(state=Message.State.QUEUED)),
    )
    since = counts["since"]
    stuck = since is not None and since < at - LATE_AFTER
    queued = Sign(_("Thư chờ gửi"), str(counts["queued"]), "late" if stuck else "none", "schedule_send")
    failed = Sign(
        _("Thư không gửi được"), str(counts["failed"]), "overdue" if counts["failed"] else "done", "mail_off"
    )
    if stuck:
        waits = Sign(
            _("Việc gửi thư"),
            _("đang đứng lại: kiểm tra tiến trình gửi thư và lịch chạy"),
            "overdue",
            "error",
        )
        return [waits, queued, failed]
    return [queued, failed]


def _locked(at: datetime) -> Sign:
    since = start_of_day(hanoi_date(at))
    locked = AccessLog.objects.filter(kind=AccessLog.Kind.LOCKED, at__gte=since).count()
    return Sign(_("Bị khóa đăng nhập hôm nay"), str(locked), "late" if locked else "none", "lock")


def _accounts() -> Sign:
    return Sign(
        _("Tài khoản đang hoạt động"), str(User.objects.filter(is_active=True).count()), "none", "person"
    )
