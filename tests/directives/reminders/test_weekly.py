"""The weekly letters: to whom, when, once; what they count and tell, and how they travel."""

from __future__ import annotations

import re
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.audit.context import acting
from accounts.models import User
from directives import services
from directives.access import visible_to
from directives.as_of import Axis, cells_as_of
from directives.models import Assignment, Message, ReminderPolicy
from directives.reminders.again import send_again
from directives.reminders.daily import rehearse, run_day
from directives.reminders.envelope import envelope, shown_html
from directives.reminders.weekly import Weekly, write_weekly
from directives.statistics import cells
from steering.models import Assistant, CalendarDay, SeatHolding
from tests.cast import Cast, at, pdf
from tests.directives.admin.asking import address, words
from tests.directives.reminders.post_office import PostOffice, parsed
from tests.directives.reminders.test_compose import Words, folded, plain
from tests.directives.reminders.test_plan import edit, made

# The cast's work is due on Friday 30 June.
MONDAY = date(2023, 7, 3)
TUESDAY, THURSDAY = date(2023, 7, 4), date(2023, 7, 6)
AT = at(3, 7, hour=8)


@pytest.fixture(autouse=True)
def _in_use(ladder: ReminderPolicy, settings: Any) -> None:
    """The committee has a policy that is in use, and the letters are switched on."""
    settings.WEEKLY_LETTERS = True


def letters(on: date = MONDAY, instant: datetime = AT) -> Weekly:
    return write_weekly(on=on, at=instant, by=User.objects.system())


def letter_to(key: str) -> Message:
    return Message.objects.get(kind__in=("member", "chair"), recipient_key=key, resend_of=None)


def to_member(cast: Cast) -> Message:
    return letter_to(f"user:{cast.member.pk}")


def to_chair(cast: Cast) -> Message:
    return letter_to(f"user:{cast.chair.pk}")


def keys() -> set[str]:
    return set(Message.objects.filter(kind__in=("member", "chair")).values_list("recipient_key", flat=True))


def done(cast: Cast, row: Assignment, *, reported: datetime, confirmed: datetime) -> None:
    services.submit(assignment=row, by=cast.head, at=reported, text="Đã xong", uploads=[pdf()])
    services.confirm(assignment=row, by=cast.secretary, at=confirmed)


@pytest.fixture
def work(cast: Cast) -> dict[str, Assignment]:
    """One assignment in each cell and at each change of the week before the letter."""
    wanted: dict[str, dict[str, Any]] = {
        "on_time_before": {},
        "late_this_week": {"due_on": date(2023, 6, 15)},
        "overdue_before": {"due_on": date(2023, 6, 20)},
        "overdue_this_week": {},
        "soon": {"due_on": date(2023, 7, 7)},
        "later": {"due_on": date(2023, 9, 1)},
        "undated": {"due_on": None, "deadline_words": ""},
        "of_another": {"supervisor": cast.other_seat, "due_on": date(2023, 6, 1)},
    }
    rows = {
        name: cast.assignment(ordinal=ordinal, content=f"Nội dung {name}", **fields)
        for ordinal, (name, fields) in enumerate(wanted.items(), start=1)
    }
    done(cast, rows["on_time_before"], reported=at(20), confirmed=at(22))
    done(cast, rows["late_this_week"], reported=at(28), confirmed=at(29))
    rows["given_this_week"] = cast.assignment(
        ordinal=20, at=at(27), due_on=date(2023, 9, 1), content="Nội dung mới"
    )
    return rows


# To whom and when


def test_each_member_gets_what_they_supervise_and_the_chair_the_whole(
    cast: Cast, work: dict[str, Assignment]
) -> None:
    letters()
    assert keys() == {f"user:{person.pk}" for person in (cast.member, cast.other_member, cast.chair)}
    member, chair = to_member(cast), to_chair(cast)
    assert (member.kind, chair.kind) == ("member", "chair")
    assert (member.address, member.on, member.user) == (cast.member.email, MONDAY, cast.member)
    assert member.text.startswith("Kính gửi: Đồng chí Phạm Ủy Viên, Ủy viên\n")
    assert chair.text.startswith("Kính gửi: Đồng chí Lê Trưởng Ban, Bộ trưởng\n")
    assert member.subject == "[BCĐ CĐS] Thư tuần: 2 quá hạn, 1 sắp đến hạn – tuần 03/07–07/07/2023"
    assert chair.subject == "[BCĐ CĐS] Thư tuần: 3 quá hạn, 1 sắp đến hạn – tuần 03/07–07/07/2023"
    assert "Nội dung of_another" in chair.text
    assert "Nội dung of_another" not in member.text + member.html
    assert "- Ủy viên Hoàng Ủy Viên Hai: 1 quá hạn trong 1 nhiệm vụ được tính" in chair.text


def test_once_a_week(cast: Cast, work: dict[str, Assignment]) -> None:
    assert len(letters().messages) == 3
    for on in (MONDAY, TUESDAY, THURSDAY):
        again = letters(on)
        assert (again.messages, again.unwritten, again.faults) == ([], [], [])
    assert len(letters(date(2023, 7, 10), at(10, 7)).messages) == 3
    assert Message.objects.filter(recipient_key=f"user:{cast.chair.pk}", kind="chair").count() == 2


def test_a_missed_run_is_made_up_for_later_in_the_week(cast: Cast, work: dict[str, Assignment]) -> None:
    letters(THURSDAY, at(6, 7))
    assert to_member(cast).on == MONDAY
    # Compared with the Monday before all the same: nothing falls between two letters.
    assert "Tuần trước: tính đến 09:00 ngày 26/06/2023." in to_member(cast).text


def test_a_monday_off_moves_it_to_the_next_working_day(cast: Cast, work: dict[str, Assignment]) -> None:
    made(CalendarDay, day=MONDAY, kind=CalendarDay.Kind.DAY_OFF, name="Nghỉ")
    assert letters(MONDAY).messages == []
    assert len(letters(TUESDAY, at(4, 7)).messages) == 3
    assert to_member(cast).on == MONDAY


def test_nothing_open_and_nothing_changed_is_no_letter(cast: Cast) -> None:
    row = cast.assignment(at=at(1))
    done(cast, row, reported=at(5), confirmed=at(6))
    found = letters()
    assert (found.messages, found.unwritten) == ([], [])
    # What was completed in the week before is worth a letter.
    assert len(letters(date(2023, 6, 12), at(12)).messages) == 2


def test_a_committee_without_a_policy_in_use_writes_none(
    cast: Cast, work: dict[str, Assignment], ladder: ReminderPolicy
) -> None:
    edit(ladder, is_active=False)
    assert letters().messages == []


def test_who_supervises_nothing_gets_none(cast: Cast) -> None:
    cast.assignment()
    letters()
    assert keys() == {f"user:{cast.member.pk}", f"user:{cast.chair.pk}"}


# What cannot be written


def test_a_holder_without_an_account_is_written_to_as_the_seat(
    cast: Cast, work: dict[str, Assignment]
) -> None:
    holding = SeatHolding.objects.get(seat=cast.member_seat)
    edit(holding, user=None, email="rieng@cast.example", post="Thứ trưởng Bộ Y tế")
    letters()
    mail = letter_to(f"holding:{holding.pk}")
    assert (mail.address, mail.user) == ("rieng@cast.example", None)
    assert mail.text.startswith("Kính gửi: Đồng chí Phạm Ủy Viên, Thứ trưởng Bộ Y tế\n")
    assert "Nội dung overdue_before" in mail.text


@pytest.mark.parametrize(
    ("reason", "change"),
    [
        ("no_address", {"user": None, "email": ""}),
        ("vacant", {"valid_until": date(2023, 6, 30)}),
    ],
)
def test_why_a_letter_was_not_written(
    cast: Cast, work: dict[str, Assignment], reason: str, change: dict[str, Any]
) -> None:
    holding = SeatHolding.objects.get(seat=cast.member_seat)
    edit(holding, **change)
    found = letters()
    assert {(one.kind, one.reason) for one in found.unwritten} == {("member", reason)}
    assert found.unwritten[0].key in (f"holding:{holding.pk}", f"seat:{cast.member_seat.pk}")
    assert found.reasons == {reason: 1}
    assert keys() == {f"user:{cast.other_member.pk}", f"user:{cast.chair.pk}"}
    # Put right in the same week, it goes out.
    edit(holding, user=cast.member, valid_until=None)
    assert [mail.recipient_key for mail in letters(TUESDAY, at(4, 7)).messages] == [f"user:{cast.member.pk}"]


def test_a_locked_account_and_one_without_the_role_get_none(cast: Cast, work: dict[str, Assignment]) -> None:
    edit(cast.member, is_active=False)
    with acting(by=User.objects.system(), reason="Chuẩn bị"), transaction.atomic():
        cast.chair.groups.clear()
    found = letters()
    assert {(one.key, one.reason) for one in found.unwritten} == {
        (f"user:{cast.member.pk}", "inactive"),
        (f"user:{cast.chair.pk}", "not_visible"),
    }


def test_the_run_keeps_the_reasons(cast: Cast, work: dict[str, Assignment], smtp: PostOffice) -> None:
    edit(SeatHolding.objects.get(seat=cast.member_seat), user=None, email="")
    report = run_day(on=MONDAY, at=AT)
    assert report.unwritten == {"no_address": 1}
    assert report.letters == 2
    assert {cast.chair.email, cast.other_member.email} <= set(smtp.addresses)


# Assistants


def test_who_helps_gets_a_copy(cast: Cast, work: dict[str, Assignment]) -> None:
    holding = SeatHolding.objects.get(seat=cast.member_seat)
    edit(holding, post="Thứ trưởng Bộ Y tế")
    own = made(Assistant, holding=holding, person="Trợ Lý Một", email="troly@cast.example")
    with_account = made(Assistant, holding=holding, person="Trợ Lý Hai", user=cast.other_member)
    gone = made(
        Assistant, holding=holding, person="Đã nghỉ", email="cu@cast.example", valid_until=date(2023, 7, 2)
    )
    letters()
    first, second = letter_to(f"assistant:{own.pk}"), letter_to(f"assistant:{with_account.pk}")
    assert "(Bản sao thư gửi Đồng chí Phạm Ủy Viên, Thứ trưởng Bộ Y tế)" in first.text
    assert (first.address, second.address) == ("troly@cast.example", cast.other_member.email)
    assert first.text.splitlines()[3:] == to_member(cast).text.splitlines()[2:]
    assert f"assistant:{gone.pk}" not in keys()
    # Who helps one member and is another gets both.
    assert "Nội dung of_another" in letter_to(f"user:{cast.other_member.pk}").text


def test_the_chair_s_assistant_gets_the_chair_s_letter(cast: Cast, work: dict[str, Assignment]) -> None:
    row = made(
        Assistant,
        holding=SeatHolding.objects.get(seat=cast.chair_seat),
        person="Thư Ký Riêng",
        email="rieng@cast.example",
    )
    letters()
    copy = letter_to(f"assistant:{row.pk}")
    assert copy.kind == "chair"
    assert "Nội dung of_another" in copy.text


# What is restricted


def test_restricted_matter_is_told_to_who_sees_it_only(cast: Cast, work: dict[str, Assignment]) -> None:
    cast.assignment(
        ordinal=40,
        content="Việc hạn chế",
        is_restricted=True,
        supervisor=cast.other_seat,
        due_on=date(2023, 6, 5),
    )
    letters()
    told = {mail.recipient_key for mail in Message.objects.all() if "Việc hạn chế" in mail.text + mail.html}
    assert told == {f"user:{cast.other_member.pk}", f"user:{cast.chair.pk}"}
    assert not to_member(cast).tells_restricted
    readable = visible_to(cast.administrator, Message, on=MONDAY)
    assert {mail.recipient_key for mail in readable} == {f"user:{cast.member.pk}"}
    assert visible_to(cast.secretary, Message, on=MONDAY).count() == 3


def test_only_what_an_account_sees_is_counted(cast: Cast, work: dict[str, Assignment]) -> None:
    """A chair's account without the role of a leader reads, as any holder, what the seat supervises."""
    own = cast.assignment(ordinal=41, content="Trưởng ban phụ trách", supervisor=cast.chair_seat)
    with acting(by=User.objects.system(), reason="Chuẩn bị"), transaction.atomic():
        cast.chair.groups.set(cast.member.groups.all())
    letters()
    text = to_chair(cast).text
    assert "Trưởng ban phụ trách" in text
    assert "Nội dung overdue_before" not in text
    assert "Tổng số nhiệm vụ được tính: 1 (" in text
    assert own.directive.code in text


# Figures


def figures(text: str) -> dict[str, tuple[int, str]]:
    """The rows of figures as a reader finds them: label → (count, difference)."""
    told = text.partition("(so với tuần trước)")[2].partition("Tỷ lệ")[0]
    rows = re.findall(r"^ *([^\d\n]+): (\d+) \(([+−]?\d+)\)$", told, flags=re.MULTILINE)
    return {label: (int(count), difference) for label, count, difference in rows}


LABELS = {
    "done_on_time": "Hoàn thành đúng hạn",
    "done_late": "Hoàn thành quá hạn",
    "open_in_time": "Chưa hoàn thành, trong hạn",
    "no_date": "trong đó: không có thời hạn",
    "overdue": "Chưa hoàn thành, quá hạn",
    "counted": "Tổng số nhiệm vụ được tính",
}


@pytest.mark.parametrize("whole", [False, True])
def test_the_figures_are_those_of_the_statistics_now_and_a_week_ago(
    cast: Cast, work: dict[str, Assignment], whole: bool
) -> None:
    letters()
    rows = (
        Assignment.objects.all()
        if whole
        else Assignment.objects.filter(directive__supervisor=cast.member_seat)
    )
    now = cells(rows, on=MONDAY)
    then = cells_as_of(at(26, hour=8), axis=Axis.DATED, among=rows)
    told = figures((to_chair(cast) if whole else to_member(cast)).text)
    assert set(told) == set(LABELS.values())
    for name, label in LABELS.items():
        count, difference = told[label]
        assert (count, int(difference.replace("−", "-"))) == (
            getattr(now, name),
            getattr(now, name) - getattr(then, name),
        ), name
    text = to_member(cast).text
    assert "Chưa hoàn thành, quá hạn: 2 (0)" in text
    assert "Hoàn thành quá hạn: 1 (+1)" in text
    assert "Số liệu tính đến 08:00 ngày 03/07/2023." in text
    assert "Tỷ lệ hoàn thành: 25,0% (2/8 nhiệm vụ được tính)" in text
    assert "Tổng giao 8 = được tính 8 + tạm dừng 0 + thu hồi, đã chuyển 0 + thường xuyên 0" in text


def test_what_changed_in_the_week(cast: Cast, work: dict[str, Assignment]) -> None:
    letters()
    text = to_member(cast).text
    changes = text.partition("THAY ĐỔI TRONG TUẦN")[2].partition("QUÁ HẠN (")[0]
    lists = dict(re.findall(r"^(Mới [^(]+) \(\d+\):\n((?:- .*\n  .*\n)+)", changes, flags=re.MULTILINE))
    codes = {label: re.findall(r"^- (.+?): ", lines, flags=re.MULTILINE) for label, lines in lists.items()}
    assert codes == {
        "Mới hoàn thành": [work["late_this_week"].directive.code],
        "Mới quá hạn": [work["overdue_this_week"].directive.code],
        "Mới giao": [work["given_this_week"].directive.code],
    }


def test_overdue_lines_come_first_oldest_first(cast: Cast, work: dict[str, Assignment]) -> None:
    letters()
    text = to_member(cast).text
    lines = re.findall(r"^\d+\. (.+?): ", text, flags=re.MULTILINE)
    assert lines == [work[name].directive.code for name in ("overdue_before", "overdue_this_week", "soon")]
    assert text.index("QUÁ HẠN (2)") < text.index("ĐẾN HẠN TRONG 7 NGÀY TỚI (1)")
    assert "Thời hạn 20/06/2023 – quá hạn 13 ngày. Chưa tiếp nhận." in text


def test_a_directive_of_many_units_is_one_line(cast: Cast) -> None:
    cast.issued(units=[cast.danang, cast.hanoi, cast.office, cast.quangnam, cast.hanoi_hospital])
    letters()
    text = to_member(cast).text
    assert text.count("\n1. ") == 1
    assert (
        "5 đơn vị chưa hoàn thành: Văn phòng Bộ, Sở Y tế thành phố Hà Nội, Bệnh viện đa khoa minh họa"
        " và 2 đơn vị khác" in text
    )
    assert "QUÁ HẠN (5)" in text


def test_no_more_than_thirty_lines_and_the_rest_is_counted_with_a_link(cast: Cast) -> None:
    words_ = "Chỉ đạo, đôn đốc các đơn vị khẩn trương rà soát, hoàn thiện cơ sở dữ liệu ngành y tế. " * 5
    for ordinal in range(1, 41):
        cast.issued(ordinal=ordinal, units=[cast.hanoi, cast.danang], content=words_)
    for ordinal in range(41, 50):
        cast.issued(ordinal=ordinal, units=[cast.hanoi], due_on=date(2023, 7, 5), content=words_)
    letters()
    mail = to_chair(cast)
    assert len(re.findall(r"^\d+\. ", mail.text, flags=re.MULTILINE)) == 30
    assert "và 30 nhiệm vụ khác: https://" in mail.text or "và 30 nhiệm vụ khác: http://" in mail.text
    assert "?muc=overdue" in mail.text
    assert "và 4 nhiệm vụ khác" in mail.text
    assert len(envelope(mail).message().as_bytes()) < 100_000


def test_both_parts_say_the_same(cast: Cast, work: dict[str, Assignment]) -> None:
    row = made(
        Assistant,
        holding=SeatHolding.objects.get(seat=cast.chair_seat),
        person="Thư Ký Riêng",
        email="rieng@cast.example",
    )
    cast.assignment(ordinal=41, supervisor=cast.chair_seat)
    letters()
    for mail in (to_member(cast), to_chair(cast), letter_to(f"assistant:{row.pk}")):
        html = Words(mail.html)
        assert folded(html.words) == folded(plain(mail.text))
        assert set(html.links) == set(re.findall(r"https?://\S+", mail.text))
        assert all(link.startswith("http") for link in html.links)


def test_as_many_queries_whatever_there_is_to_count(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            letters()
            transaction.set_rollback(True)
        return len(queries)

    for ordinal in range(1, 4):
        cast.issued(ordinal=ordinal, units=[cast.hanoi, cast.danang])
    few = asked()
    for ordinal in range(4, 30):
        cast.issued(ordinal=ordinal, units=[cast.hanoi, cast.danang, cast.office, cast.quangnam])
    assert asked() == few


# On the way


def test_the_picture_travels_within_the_html(
    cast: Cast, work: dict[str, Assignment], smtp: PostOffice
) -> None:
    run_day(on=MONDAY, at=AT)
    mail = to_member(cast)
    arrived = next(found for found in smtp.mails if found["Message-ID"] == mail.message_id)
    assert arrived.get_content_type() == "multipart/alternative"
    text, related = arrived.iter_parts()
    assert (text.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    assert related.get_param("type") == "text/html"
    html, image = related.iter_parts()
    assert (html.get_content_type(), image.get_content_type()) == ("text/html", "image/png")
    assert image.get_content_disposition() == "inline"
    name = str(image["Content-ID"]).strip("<>")
    assert name == "hinh." + mail.message_id.strip("<>")
    assert f'<img src="cid:{name}"' in html.get_content()
    assert text.get_content().replace("\r\n", "\n") == mail.text
    # Who reads the text has nothing to open.
    assert list(arrived.iter_attachments()) == [] or not any(
        part.get_content_disposition() == "attachment" for part in arrived.walk()
    )
    picture = Image.open(BytesIO(image.get_content()))
    assert (picture.format, picture.width) == ("PNG", 1216)
    assert len(image.get_content()) < 20_000


def test_the_words_for_the_picture_tell_all_its_figures(cast: Cast, work: dict[str, Assignment]) -> None:
    letters()
    assert (
        'alt="Biểu đồ: hoàn thành đúng hạn 1, hoàn thành quá hạn 1, chưa hoàn thành trong hạn 4,'
        ' chưa hoàn thành quá hạn 2."' in to_member(cast).html
    )


def test_the_picture_is_part_of_what_cannot_change(cast: Cast, work: dict[str, Assignment]) -> None:
    letters()
    with pytest.raises(DatabaseError), transaction.atomic():
        Message.objects.filter(pk=to_member(cast).pk).update(image=b"")


def test_sent_again_it_has_its_picture(cast: Cast, work: dict[str, Assignment], smtp: PostOffice) -> None:
    run_day(on=MONDAY, at=AT)
    copy = send_again(message=to_member(cast), by=cast.secretary, at=at(4, 7))
    mail = parsed(envelope(Message.objects.get(pk=copy.pk)).message().as_bytes())
    image = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert f"cid:{str(image['Content-ID']).strip('<>')}" in copy.html
    assert copy.tells_restricted is False


def test_the_screen_shows_the_picture(
    cast: Cast, client: Client, work: dict[str, Assignment], smtp: PostOffice
) -> None:
    letters()
    client.force_login(cast.secretary)
    page = words(client.get(address("message_change", to_member(cast).pk)))
    assert 'img src="data:image/png;base64,' in page
    assert "cid:" not in page
    assert "cid:" not in shown_html(to_member(cast))


def test_an_auditor_s_look_at_a_letter_of_restricted_matter_is_logged(
    cast: Cast, client: Client, work: dict[str, Assignment]
) -> None:
    from accounts.audit.models import AccessLog

    cast.assignment(ordinal=40, is_restricted=True, supervisor=cast.other_seat)
    letters()
    client.force_login(cast.auditor)
    looks = AccessLog.objects.filter(kind=AccessLog.Kind.VIEW)
    client.get(address("message_change", to_member(cast).pk))
    assert not looks.exists()
    client.get(address("message_change", to_chair(cast).pk))
    assert looks.count() == 1


def test_a_rehearsal_shows_the_letters_and_leaves_no_trace(cast: Cast, work: dict[str, Assignment]) -> None:
    report = rehearse(on=MONDAY, at=AT, reader=cast.secretary)
    shown = {mail.recipient_key: mail for mail in report.mails if mail.kind in ("member", "chair")}
    assert set(shown) == {f"user:{person.pk}" for person in (cast.member, cast.other_member, cast.chair)}
    assert "data:image/png;base64," in shown[f"user:{cast.chair.pk}"].html
    assert not Message.objects.exists()
