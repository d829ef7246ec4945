"""`load_programme` brings DOMAIN §2 into the database, once, and leaves to people what is theirs."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from accounts.audit.context import acting
from accounts.clock import HANOI
from accounts.models import User
from directives import services
from directives.models import Addressee, Assignment, DeadlineEntry, Directive, Document, DocumentRelation
from directives.programme.loader import LOADER_USERNAME
from directives.rights import Rights, rights
from steering.calendar import work_calendar
from steering.models import (
    CalendarDay,
    Committee,
    CommitteeStaff,
    Seat,
    SeatHolding,
    Succession,
    Unit,
    UnitName,
)
from steering.tree import answering, reach
from tests.cast import at
from tests.loaded import counts, shared_database

NOW = date(2026, 11, 21)


@pytest.fixture(scope="module", autouse=True)
def programme(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with shared_database(django_db_blocker):
        call_command("load_programme", verbosity=0)
        yield


@pytest.fixture(autouse=True)
def _database(programme: None, db: None) -> None:
    """Each test sees the programme, and its own changes are undone."""


def directive(code: str) -> Directive:
    return Directive.objects.get(code=code)


D11, D10 = "1710/QĐ-BYT – 01", "1710/QĐ-BYT – 02"


def secretary() -> User:
    """A person of the secretariat, to do what people do."""
    user = User.objects.create_user("thuky", full_name="Thư Ký")
    user.groups.add(User.objects.get(username=LOADER_USERNAME).groups.get())
    CommitteeStaff.objects.create(committee=Committee.objects.get(), user=user)
    return user


def test_the_sector() -> None:
    provincial = Unit.objects.filter(kind__code="so-y-te")
    assert (provincial.count(), provincial.on(date(2025, 7, 1)).count()) == (63, 34)
    ministry = Unit.objects.get(code="byt")
    assert not provincial.filter(parents__parent=ministry).exists()
    assert set(provincial.values_list("parents__parent__code", flat=True)) == {"syt"}
    assert Unit.objects.get(code="syt.hue").name_on(date(2023, 6, 30)) == "Sở Y tế tỉnh Thừa Thiên Huế"
    assert Unit.objects.get(code="syt.hue").name_on(date(2025, 1, 1)) == "Sở Y tế thành phố Huế"
    assert Unit.objects.filter(aliases__alias="000.00.00.G18").get() == ministry
    assert not Unit.objects.exclude(mailbox="").exists(), "no unit's mailbox is published"
    assert set(Unit.objects.filter(in_sector=False).values_list("code", flat=True)) >= {
        "vnpt",
        "viettel",
        "vpcp",
    }


def test_successors_reach_back_and_two_successors_wait_for_a_decision() -> None:
    ids = dict(Unit.objects.values_list("code", "pk"))
    danang, quangnam, cntt = ids["syt.danang"], ids["syt.quangnam"], ids["byt.cuccntt"]
    assert quangnam in reach([danang], on=NOW)
    assert quangnam not in reach([danang], on=date(2025, 6, 30))
    assert answering([quangnam, cntt], on=NOW) == {quangnam: danang, cntt: None}
    assert Succession.objects.filter(answering=False).count() == 2


def test_the_committee() -> None:
    committee = Committee.objects.get()
    assert Counter(committee.seats.values_list("role", flat=True)) == {
        Seat.Role.CHAIR: 1, Seat.Role.STANDING_VICE_CHAIR: 1, Seat.Role.VICE_CHAIR: 3,
        Seat.Role.STANDING_MEMBER: 1, Seat.Role.MEMBER: 21,
    }  # fmt: skip
    assert SeatHolding.objects.count() == 6
    second = SeatHolding.objects.get(seat__protocol_order=2)
    assert (second.person, second.academic_title) == ("Trần Văn Thuấn", "GS.TS")
    assert not SeatHolding.objects.exclude(user=None).exists(), "no account claims to be one of these persons"


def test_the_calendar_is_read_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        calendar = work_calendar()
    assert not calendar.is_working_day(date(2026, 1, 2))
    assert calendar.is_working_day(date(2026, 1, 10))
    assert not calendar.is_working_day(date(2028, 4, 30))


def test_the_documents() -> None:
    rows = Document.objects.order_by("pk")
    assert {row.state for row in rows} == {Document.State.ISSUED}
    assert not any(row.is_fictitious for row in rows)
    assert sorted(row.number for row in rows) == ["", "", "", "157-NQ/BCSĐ", "1710/QĐ-BYT", "828/QĐ-BYT"]
    relation = DocumentRelation.objects.get()
    assert (relation.document.number, relation.kind, relation.other.number) == (
        "1710/QĐ-BYT", DocumentRelation.Kind.IMPLEMENTS, "157-NQ/BCSĐ",
    )  # fmt: skip


def test_d11_is_given_to_the_ministry_s_units_of_its_day_and_to_the_63() -> None:
    row = directive(D11)
    assert (row.mode, row.due_on, row.deadline_words) == ("each", date(2023, 6, 30), "trước 1/7/2023")
    assignments = row.assignments.select_related("unit__kind")
    codes = {a.unit.code for a in assignments}
    provincial = {code for code in codes if code.startswith("syt.")}
    assert len(provincial) == 63
    assert codes - provincial == {
        "byt.vukhtc", "byt.vuttkt", "byt.vp", "byt.cucqlkcb", "byt.cucattp", "byt.cuckhcndt", "byt.cuccntt",
        "byt.cucytdp", "byt.ttttytqg", "byt.ttbhyt",
    }  # fmt: skip
    assert {(a.status, a.part, a.assigned_on, a.due_on, a.original_due_on) for a in assignments} == {
        ("assigned", "each", date(2023, 4, 5), date(2023, 6, 30), date(2023, 6, 30))
    }
    ledger = DeadlineEntry.objects.filter(assignment__directive=row)
    assert set(ledger.values_list("kind", "due_on", "words")) == {
        ("original", date(2023, 6, 30), "trước 1/7/2023")
    }
    assert ledger.count() == len(assignments)


def test_d10_is_standing_and_given_to_the_same_units() -> None:
    row = directive(D10)
    assert (row.is_standing, row.due_on) == (True, None)
    assert set(row.assignments.values_list("unit")) == set(directive(D11).assignments.values_list("unit"))


def test_joint_directives_have_their_leads() -> None:
    parts = Assignment.objects.exclude(part="each").values_list("directive__content", "part", "unit__code")
    leads = {content.splitlines()[0][:20]: unit for content, part, unit in parts if part == "lead"}
    assert leads == {
        "Bàn giao kết quả thí": "vnpt", "Hỗ trợ xây dựng thí ": "vnpt", "Tiếp tục xây dựng, h": "vnpt",
        "Đề án tổng thể về ph": "byt.cuccntt", "Đề xuất nguồn vốn tr": "byt.cuccntt",
        "Phối hợp chặt chẽ hơ": "byt", "Cắt giảm 30% thủ tục": "byt",
    }  # fmt: skip
    others = Counter(unit for _content, part, unit in parts if part == "coordinating")
    assert others == {"byt": 2, "byt.vukhtc": 1, "bhxh": 1}
    assert directive("Cuộc họp 08/06/2022 – 04").content.endswith("\nPhối hợp: các đơn vị liên quan")
    assert not Addressee.objects.exists()


def test_everything_is_recorded_as_an_import_with_its_reason_as_of_its_day() -> None:
    for model in (Unit, UnitName, CalendarDay, Succession, Document, Directive, Assignment, DocumentRelation):
        rows = model.history.all()
        assert {row.door for row in rows} == {"import"}, model
        assert all(row.history_user is not None and row.history_change_reason for row in rows), model
    issued = directive(D11).history.filter(state="issued").get()
    assert issued.history_user.username == LOADER_USERNAME
    assert issued.history_date.astimezone(HANOI).date() == date(2023, 4, 5)


def test_the_loader_s_account_is_locked_and_has_no_rights() -> None:
    account = User.objects.get(username=LOADER_USERNAME)
    assert (account.is_active, account.has_usable_password()) == (False, False)
    assert rights(account, on=date(2023, 4, 5)) == Rights()
    assert not CommitteeStaff.objects.on(NOW).exists()


def test_a_second_run_changes_nothing() -> None:
    before = counts()
    call_command("load_programme", verbosity=0)
    assert counts() == before


def test_what_people_changed_stays_theirs() -> None:
    by = secretary()
    with acting(by=by, reason="Sửa"):
        unit = Unit.objects.get(code="vnpt")
        unit.code, unit.name = "vnpt.group", "VNPT"
        unit.save()
        CalendarDay.objects.get(day=date(2028, 4, 30)).delete()
        moved = CalendarDay.objects.get(day=date(2028, 5, 1))
        moved.day = date(2028, 5, 6)
        moved.save()
        Succession.objects.filter(from_unit__code="byt.cuccntt").first().delete()  # type: ignore[union-attr]
        holder = SeatHolding.objects.get(seat__protocol_order=3)
        holder.valid_until = date(2025, 1, 1)
        holder.save()
    row = directive(D11).assignments.get(unit__code="syt.hanoi")
    services.correct_due_date(
        assignment=row, by=by, at=at(1, month=9), due_on=date(2023, 7, 15), reason="Ghi nhầm"
    )
    document = Document.objects.get(number="828/QĐ-BYT")
    document.subject = "Phê duyệt Đề án"
    services.save_document(document=document, by=by, at=at(1, month=9), reason="Rút gọn")
    services.revoke_directive(directive=directive(D10), by=by, at=at(1, month=9), reason="Trùng")

    before = counts()
    call_command("load_programme", verbosity=0)

    assert counts() == before
    row.refresh_from_db()
    assert (row.due_on, directive(D10).state) == (date(2023, 7, 15), "void")


def test_what_is_new_in_the_files_is_added_by_the_same_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later release may bring another directive: it is entered beside what is there."""
    from dataclasses import replace

    from directives import programme

    rows = programme.directives()
    new = replace(rows[0], key="D99", ordinal=3, content="Thêm sau", given_on=date(2023, 4, 5))
    monkeypatch.setattr(programme, "directives", lambda: (*rows, new))
    before = Directive.objects.count()

    call_command("load_programme", verbosity=0)

    assert Directive.objects.count() == before + 1
    assert directive("1710/QĐ-BYT – 03").assignments.count() == 73
    assert not User.objects.get(username=LOADER_USERNAME).is_active
