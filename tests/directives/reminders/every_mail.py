"""One mail of every kind, about work with long words, markup and predecessors: what a reader may get at worst."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.audit.seals.sealing import seal
from accounts.models import User
from directives import services
from directives.models import Message, Note
from directives.reminders.daily import run_day
from directives.reminders.news import tell_all
from directives.reminders.portions import compose_waiting
from directives.reminders.seal_mail import write_mails
from tests.cast import Cast, at, pdf

MONDAY = date(2023, 7, 3)
LONG = (
    "Xây dựng, trình phê duyệt và tổ chức thực hiện kế hoạch <b>chuyển đổi số</b> & “an toàn thông tin” " * 6
)
LINK = "https://vi-du.example/" + "mot-duong-dan-rat-dai-khong-co-dau-cach/" * 4


def every_mail(cast: Cast, settings: Any) -> list[Message]:
    """Write the mails of a Monday on which everything happened; they are not sent."""
    settings.WEEKLY_LETTERS = True
    settings.MAIL_WINDOW = "07:30-17:30"
    for n in range(35):
        cast.assignment(content=f"{n}. {LONG}", due_on=date(2023, 6, 20 + n % 10))
    cast.assignment(content=LINK)
    cast.issued(units=[cast.hanoi, cast.danang, cast.hanoi_hospital, cast.office], content=LONG)
    cast.issued(lead=cast.danang, units=[cast.hanoi], content=LONG)
    cast.assignment(cast.quangnam, content=LONG)
    asked = cast.assignment(cast.danang, kind="request", content=LONG)
    work = cast.assignment(cast.danang, content=LONG)
    services.submit(assignment=work, by=cast.danang_head, at=at(3, 7), text="Xong", uploads=[pdf()])
    services.send_back(assignment=work, by=cast.secretary, at=at(3, 7), reason=f"Thiếu dấu. {LINK}")
    services.add_note(
        assignment=asked, by=cast.member, at=at(3, 7), kind=Note.Kind.OPINION, held_on=MONDAY, text=LONG
    )
    cast.issued(units=[cast.hanoi, cast.danang], content=LONG, at=at(3, 7), due_on=date(2023, 8, 1))
    tell_all(at=at(3, 7))
    compose_waiting(at=at(3, 7), by=User.objects.system())
    # In the evening: composed, and held back until the morning.
    run_day(on=MONDAY, at=at(3, 7, hour=20), clock=lambda: at(3, 7, hour=20))
    sealed = seal(by=User.objects.system())
    assert sealed is not None
    write_mails(sealed, at=at(3, 7, hour=20), by=User.objects.system())
    return list(Message.objects.order_by("pk"))
