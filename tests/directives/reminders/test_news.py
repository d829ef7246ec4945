"""News: whoever is concerned is told once, at once or in the digest, and nothing waits for the broker."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.clock import hanoi_date
from accounts.models import User
from directives import services
from directives.models import (
    Assignment,
    MailPreference,
    Message,
    Note,
    Occasion,
    Reminder,
    ReminderPolicy,
)
from directives.reminders.daily import rehearse, run_day
from directives.reminders.deliver import deliver
from directives.reminders.news import OLDEST, tell_all
from directives.reminders.portions import compose_waiting
from tests.cast import Cast, at, pdf
from tests.directives.reminders.post_office import PostOffice
from tests.directives.reminders.test_plan import made

Kind = Occasion.Kind
# 09:00 in Hà Nội on Friday 2 June 2023, the morning after the cast's work was given.
MORNING = at(2)


def sent_to(key: str) -> list[str]:
    rows = Message.objects.filter(recipient_key=key, kind=Message.Kind.EVENT)
    return list(rows.order_by("pk").values_list("subject", flat=True))


def news(**only: Any) -> set[tuple[str, str, str]]:
    """Return (what happened, to whom it is told, why not)."""
    rows = Reminder.objects.filter(occasion__isnull=False, **only)
    return set(rows.values_list("occasion__kind", "recipient_key", "skip"))


def settled(instant: datetime = MORNING) -> None:
    """Tell and compose what waits."""
    tell_all(at=instant)
    compose_waiting(at=instant, by=User.objects.system())


def submitted(cast: Cast, work: Assignment, *, day: int = 2) -> None:
    services.submit(assignment=work, by=cast.head, at=at(day), text="Xong", uploads=[pdf()])


def keys(cast: Cast) -> tuple[str, str, str, str]:
    return (
        f"user:{cast.officer.pk}",
        f"user:{cast.head.pk}",
        f"unit:{cast.hanoi.pk}",
        f"committee:{cast.committee.pk}",
    )


def test_given_work_is_told_to_officers_and_mailbox_at_once(cast: Cast, smtp: PostOffice) -> None:
    cast.assignment()
    officer, _head, mailbox, _office = keys(cast)
    settled()
    assert news() == {(Kind.ASSIGNED, officer, ""), (Kind.ASSIGNED, mailbox, "")}
    assert sent_to(officer) == ["[BCĐ CĐS] Giao nhiệm vụ: 1710/QĐ-BYT – 01"]
    mail = Message.objects.get(recipient_key=officer)
    assert "MỚI GIAO (1)" in mail.text
    assert "Thời hạn 30/06/2023 – còn 28 ngày" in mail.text
    deliver(clock=lambda: MORNING)
    assert sorted(smtp.addresses) == sorted([cast.officer.email, cast.hanoi.mailbox])
    settled()
    deliver(clock=lambda: MORNING)
    assert len(smtp.accepted) == 2


def test_what_was_given_in_one_sitting_is_one_mail(cast: Cast) -> None:
    for _n in range(3):
        cast.assignment()
    settled()
    assert sent_to(keys(cast)[0]) == ["[BCĐ CĐS] 3 mới giao – 02/06/2023"]


def test_units_added_later_are_told_and_nobody_else_again(cast: Cast) -> None:
    directive = cast.issued(units=[cast.hanoi])
    settled()
    before = news()
    services.add_units(
        directive=directive, units=[cast.danang], by=cast.secretary, at=MORNING, reason="Bổ sung"
    )
    settled()
    assert news() - before == {
        (Kind.ASSIGNED, f"user:{cast.danang_officer.pk}", ""),
        (Kind.ASSIGNED, f"unit:{cast.danang.pk}", ""),
    }


def test_each_kind_reaches_whom_it_concerns_and_says_what_was_said(cast: Cast) -> None:
    officer, head, mailbox, office = keys(cast)
    work = cast.assignment()
    services.present_to_head(assignment=work, by=cast.officer, at=at(2), text="Xin ý kiến", uploads=[pdf()])
    settled()
    assert (Kind.PRESENTED, head, "") in news()
    assert "chờ quyết định" not in " ".join(sent_to(officer))
    submitted(cast, work)
    settled()
    assert (Kind.SUBMITTED, office, "") in news()
    assert sent_to(office) == []
    services.send_back(assignment=work, by=cast.secretary, at=at(2), reason="Thiếu dấu")
    settled()
    assert {(Kind.SENT_BACK, officer, ""), (Kind.SENT_BACK, mailbox, "")} <= news()
    told = Message.objects.filter(recipient_key=officer).latest("pk")
    assert "Yêu cầu bổ sung, hoàn thiện: Thiếu dấu" in told.text
    request = services.ask_extension(
        assignment=work, by=cast.officer, at=at(2), due_on=date(2023, 7, 15), reason="Thiếu người"
    )
    settled()
    assert (Kind.ASKED, office, "") in news()
    services.decide_extension(
        request=request, by=cast.secretary, at=at(2), granted=True, decided_by="Lê Trưởng Ban"
    )
    settled()
    told = Message.objects.filter(recipient_key=officer).latest("pk")
    assert "Quyết định về đề nghị gia hạn: Đồng ý: đến hết ngày 15/07/2023" in told.text
    services.add_note(
        assignment=work,
        by=cast.member,
        at=at(2),
        kind=Note.Kind.OPINION,
        held_on=date(2023, 6, 2),
        text="Làm sớm",
    )
    services.add_note(
        assignment=work,
        by=cast.secretary,
        at=at(2),
        kind=Note.Kind.PHONE,
        held_on=date(2023, 6, 2),
        text="Đã gọi",
    )
    settled()
    told = Message.objects.filter(recipient_key=officer).latest("pk")
    assert "Ý kiến của lãnh đạo: Phạm Ủy Viên: Làm sớm" in told.text
    assert Occasion.objects.filter(kind=Kind.COMMENT).count() == 1


def test_what_waits_for_the_secretariat_stands_in_its_digest(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    submitted(cast, work)
    run_day(on=date(2023, 6, 2), at=MORNING, clock=lambda: MORNING)
    mail = Message.objects.get(recipient_key=keys(cast)[3], kind=Message.Kind.DIGEST)
    assert mail.subject == "[BCĐ CĐS] 1 chờ quyết định – 02/06/2023"
    assert "đồng chí phụ trách" not in mail.text


def test_what_comes_after_the_mornings_digest_waits_for_the_next(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    """Two reports of one day stand in one digest, not the first in a mail of its own."""
    office = keys(cast)[3]
    run_day(on=date(2023, 6, 2), at=at(2, hour=8), clock=lambda: at(2, hour=8))
    for _n in range(2):
        submitted(cast, cast.assignment())
        settled(at(2, hour=10))
    assert not Message.objects.filter(recipient_key=office).exists()
    run_day(on=date(2023, 6, 5), at=at(5), clock=lambda: at(5))
    digest = Message.objects.get(recipient_key=office, kind=Message.Kind.DIGEST)
    assert digest.subject == "[BCĐ CĐS] 2 chờ quyết định – 05/06/2023"


def test_what_was_settled_meanwhile_is_not_told_to_the_secretariat(
    cast: Cast, ladder: ReminderPolicy, smtp: PostOffice
) -> None:
    work = cast.assignment()
    submitted(cast, work)
    tell_all(at=MORNING)
    services.confirm(assignment=work, by=cast.secretary, at=at(2), completed_on=date(2023, 6, 2))
    run_day(on=date(2023, 6, 2), at=MORNING, clock=lambda: MORNING)
    assert not Message.objects.filter(recipient_key=keys(cast)[3]).exists()
    assert (Kind.SUBMITTED, keys(cast)[3], "closed") in news()


def test_who_chose_the_digest_reads_it_there(cast: Cast, ladder: ReminderPolicy, smtp: PostOffice) -> None:
    officer, _head, mailbox, _office = keys(cast)
    made(MailPreference, user=cast.officer, events=MailPreference.Events.DIGEST)
    cast.assignment()
    settled()
    assert sent_to(officer) == []
    assert len(sent_to(mailbox)) == 1
    run_day(on=date(2023, 6, 2), at=MORNING, clock=lambda: MORNING)
    digest = Message.objects.get(recipient_key=officer)
    assert (digest.kind, digest.subject) == (Message.Kind.DIGEST, "[BCĐ CĐS] 1 mới giao – 02/06/2023")


def test_what_is_most_urgent_waits_for_no_digest_and_no_hour(
    cast: Cast, settings: Any, smtp: PostOffice
) -> None:
    settings.MAIL_WINDOW = "07:30-17:30"
    made(MailPreference, user=cast.officer, events=MailPreference.Events.DIGEST)
    cast.assignment(urgency="express")
    cast.assignment(cast.danang)
    settled()
    deliver(clock=lambda: at(3, hour=22))
    assert sorted(smtp.addresses) == sorted([cast.officer.email, cast.hanoi.mailbox])
    # Monday's window lets the rest out.
    deliver(clock=lambda: at(5, hour=8))
    assert len(smtp.accepted) == 4


def test_old_news_are_no_news(cast: Cast) -> None:
    cast.assignment()
    told = tell_all(at=at(1) + OLDEST + timedelta(minutes=1))
    assert (told.planned, told.skipped) == (0, {"too_old": 2})
    assert not Message.objects.exists()


def test_who_did_it_is_not_told(cast: Cast) -> None:
    work = cast.assignment()
    services.present_to_head(assignment=work, by=cast.head, at=at(2), text="Tự trình", uploads=[pdf()])
    tell_all(at=MORNING)
    assert Kind.PRESENTED not in {kind for kind, _key, _skip in news()}


def test_a_unit_outside_the_sector_is_not_written_to_by_itself(cast: Cast) -> None:
    cast.assignment(cast.vnpt)
    tell_all(at=MORNING)
    assert {skip for _kind, _key, skip in news()} == {"outside_sector"}


def test_the_successor_is_told_of_what_is_given_back_to_its_predecessor(cast: Cast) -> None:
    work = cast.assignment(cast.quangnam)
    tell_all(at=MORNING)
    later = at(2, 7, 2025)
    services.submit(
        assignment=work,
        by=cast.danang_head,
        at=later,
        text="Xong",
        uploads=[pdf()],
    )
    services.send_back(assignment=work, by=cast.secretary, at=later, reason="Thiếu")
    settled(later)
    told = Message.objects.get(recipient_key=f"unit:{cast.danang.pk}")
    assert "(nhiệm vụ tiếp nhận từ Sở Y tế tỉnh Quảng Nam)" in told.text


def test_a_restricted_directive_is_not_told_to_who_may_not_see_it(cast: Cast) -> None:
    """The officer's posting ended between the telling and the writing."""
    work = cast.assignment(is_restricted=True)
    tell_all(at=MORNING)
    from steering.postings import end

    posting = cast.officer.postings.get()
    end(posting=posting, on=date(2023, 6, 1), by=User.objects.system())
    compose_waiting(at=at(2), by=User.objects.system())
    assert (Kind.ASSIGNED, keys(cast)[0], "not_visible") in news(assignment=work)


def test_a_fan_out_is_told_in_a_number_of_statements_that_does_not_depend_on_the_units(cast: Cast) -> None:
    counted = []
    for units in ([cast.hanoi], [cast.hanoi, cast.danang, cast.office, cast.hanoi_hospital]):
        cast.issued(units=units)
        with CaptureQueriesContext(connection) as captured:
            tell_all(at=MORNING)
        counted.append(len(captured))
    assert counted[0] == counted[1]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_once(cast: Cast) -> None:
    for _n in range(4):
        cast.issued(units=[cast.hanoi, cast.danang])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_in_a_thread, [MORNING] * 2))
    assert Reminder.objects.count() == 4 * 4
    assert Message.objects.count() == 4
    assert not Occasion.objects.filter(told_at=None).exists()


def _in_a_thread(instant: datetime) -> None:
    try:
        settled(instant)
    finally:
        connection.close()


def test_a_preview_tells_nobody(cast: Cast, ladder: ReminderPolicy) -> None:
    cast.assignment()
    rehearse(on=hanoi_date(MORNING), at=MORNING)
    assert Occasion.objects.filter(told_at=None).count() == 1
    assert not Reminder.objects.exists()
