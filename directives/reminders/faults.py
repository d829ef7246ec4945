"""What could not be planned or composed for a reason nobody foresaw: noted, told, and no hindrance to the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

import structlog
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directives.models import ReminderPolicy, ReminderRun
from directives.reminders.recipients import names

log = structlog.get_logger(__name__)
R = TypeVar("R")

LONGEST = 300
NAMED = 5


class Work(StrEnum):
    """What failed: the plan of one policy, or the mail of one recipient."""

    PLAN = "plan"
    COMPOSE = "compose"


@dataclass(frozen=True)
class Fault:
    """`key` is a policy's id or a recipient's key, `error` the first line of what the system said."""

    work: str
    committee: int
    key: str
    error: str


def isolated(
    what: Callable[[], R], *, work: Work, committee: int, key: str, in_parts_next: bool = False
) -> R | Fault:
    """Do one piece of the day's work, in a transaction of its own; return its result, or what went wrong.

    What it had planned before stays, and waits for the next run. `in_parts_next`: the caller tries its parts one by
    one, and the one at fault tells the log. Raises whatever broke the transaction around it: nothing more could be
    done in that.
    """
    try:
        return what()
    # One recipient's (or one policy's) trouble, whatever it is, must not keep the others' mails from going out:
    # the run goes on, and tells of it in its report, its row and on the screens.
    except Exception as error:
        if connection.needs_rollback:
            raise
        if in_parts_next:
            log.info("reminders_in_parts", work=work.value, committee=committee, error=_first_line(error))
        else:
            log.exception("reminders_fault", work=work.value, committee=committee, key=key)
        return Fault(work.value, committee, key, _first_line(error))


def _first_line(error: Exception) -> str:
    said = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {said}"[:LONGEST]


def as_rows(faults: Iterable[Fault]) -> list[dict[str, object]]:
    """Return faults as a run's row keeps them."""
    return [asdict(fault) for fault in faults]


def open_faults(committees: Collection[int] | None) -> list[Fault]:
    """Return what the latest run of the latest day left undone, of these committees (None: of all).

    A later run that succeeds, of the same day or the next, ends it.
    """
    run = ReminderRun.objects.order_by("-on", "-started_at").only("faults").first()
    found = [Fault(**row) for row in run.faults] if run else []
    return [fault for fault in found if committees is None or fault.committee in committees]


def in_words(faults: Iterable[Fault]) -> list[str]:
    """Return one sentence on the plans that failed and one on the mails, each only when there are any."""
    found = list(faults)
    plans = [fault.key for fault in found if fault.work == Work.PLAN]
    mails = [fault.key for fault in found if fault.work == Work.COMPOSE]
    told = []
    if plans:
        policies = ReminderPolicy.objects.filter(pk__in=plans).order_by("pk")
        told.append(
            _(
                "Chưa lập được nhắc việc theo %(names)s do lỗi của hệ thống; lần chạy sau sẽ lập lại."
                " Quản trị hệ thống xem nhật ký để khắc phục."
            )
            % {"names": ", ".join(f"“{name}”" for name in policies.values_list("name", flat=True))}
        )
    if mails:
        keys = list(dict.fromkeys(mails))
        known = names(keys[:NAMED])
        shown = ", ".join(known.get(key, key) for key in keys[:NAMED]) + (", …" if len(keys) > NAMED else "")
        told.append(
            ngettext(
                "Chưa soạn được %(count)d thư nhắc việc (%(names)s) do lỗi của hệ thống; nhắc việc được giữ lại,"
                " lần chạy sau sẽ soạn. Quản trị hệ thống xem nhật ký để khắc phục.",
                "Chưa soạn được %(count)d thư nhắc việc (%(names)s) do lỗi của hệ thống; nhắc việc được giữ lại,"
                " lần chạy sau sẽ soạn. Quản trị hệ thống xem nhật ký để khắc phục.",
                len(mails),
            )
            % {"count": len(mails), "names": shown}
        )
    return told
