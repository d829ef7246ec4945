"""What happened to a row while somebody had an older version of it before them: who, when, from what to what."""

from __future__ import annotations

from typing import Any, NoReturn

from django.utils.translation import gettext as _

from accounts.audit.history import Versioned
from accounts.clock import HANOI
from directives.errors import Outdated
from directives.models import Assignment


def refuse_outdated(present: Versioned, seen: int) -> NoReturn:
    """Raise Outdated with one sentence on the last change of a row, which is no longer the version that was `seen`."""
    told = _last_change(present, seen)
    if isinstance(present, Assignment):
        sentence = _(
            "Nhiệm vụ đã thay đổi trong lúc anh/chị nhập: %(change)s. Hãy xem lại rồi thực hiện lại."
        )
    else:
        sentence = _(
            "Nội dung đã được người khác sửa trong lúc anh/chị xem: %(change)s. Hãy mở lại trang để xem rồi làm tiếp."
        )
    raise Outdated(sentence % {"change": told}, row=present, seen=seen)


def _last_change(present: Versioned, seen: int) -> str:
    """Return e.g. "Đỗ Chuyên Viên lúc 09:00 02/06/2023, Chưa tiếp nhận → Đang thực hiện" (Hà Nội time)."""
    history: Any = type(present).history  # type: ignore[attr-defined]
    # A number that never was (typed by hand) tells of the last change alone.
    since = min(seen, present.version)
    past = (
        history.filter(id=present.pk, version__gte=since).select_related("history_user").order_by("version")
    )
    rows = list(past)
    last = rows[-1]
    told = _("%(who)s lúc %(at)s") % {
        "who": last.history_user,
        "at": f"{last.history_date.astimezone(HANOI):%H:%M %d/%m/%Y}",
    }
    field = "status" if isinstance(present, Assignment) else "state"
    before, after = getattr(rows[0], field), getattr(last, field)
    if before == after:
        return told
    labels: Any = dict(type(present)._meta.get_field(field).flatchoices)  # type: ignore[union-attr]
    return f"{told}, {labels[before]} → {labels[after]}"
